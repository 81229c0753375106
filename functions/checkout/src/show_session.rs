//! `GET /checkout/sessions/{id}`: how a checkout stands. The return page calls it, and it fulfils what is complete:
//! whichever comes first, this or the webhook, does the work, and the other finds it done.

use axum::Json;
use axum::extract::State as FromState;
use serde::Serialize;
use shared::Failure;
use shared::domain::SessionId;
use shared::fulfil::{self, Heard};
use shared::http::{Caller, CountedCaller, PathId, Problem};
use shared::stripe::{self, CheckoutSession, CheckoutSessionPaymentStatus, CheckoutSessionStatus, Ownership};

use crate::State;

#[derive(Serialize)]
pub(crate) struct ShownSession {
    status: String,
    payment_status: String,
    fulfilled: bool,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    CountedCaller(caller): CountedCaller,
    PathId(id): PathId,
) -> Result<Json<ShownSession>, Failure> {
    let session = find(&state, &caller, id).await?;
    let complete = session.status == Some(CheckoutSessionStatus::Complete);
    let shown = ShownSession {
        status: session.status.as_ref().map_or("open", CheckoutSessionStatus::as_str).to_owned(),
        payment_status: session.payment_status.as_str().to_owned(),
        fulfilled: complete && session.payment_status != CheckoutSessionPaymentStatus::Unpaid,
    };
    if let Some(heard) = Heard::from_session(session) {
        fulfil::apply(&state.fulfil, &heard, state.fulfil.store.now()).await?;
    }
    Ok(Json(shown))
}

/// Another learner's session does not exist, as far as the caller can tell.
async fn find(state: &State, caller: &Caller, id: String) -> Result<CheckoutSession, Failure> {
    let unknown = || Problem::not_found("There is no such checkout session.");
    let id = SessionId::parse(id).ok().filter(|id| id.as_str().starts_with("cs_") && is_plain(id.as_str()));
    let id = id.ok_or_else(unknown)?;
    let session = match stripe::session(&state.fulfil.stripe, &id).await {
        Ok(session) => session,
        Err(error) if error.is_missing() => return Err(unknown().into()),
        Err(error) => return Err(error.into()),
    };
    match Ownership::of(session.metadata.as_ref().unwrap_or(&[].into()), &state.fulfil.app) {
        Ownership::Ours(sale) if sale.user == caller.user => Ok(session),
        _ => Err(unknown().into()),
    }
}

/// It becomes part of a path.
fn is_plain(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
