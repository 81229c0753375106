//! `POST /checkout/sessions`: a hosted payment page for one product, at most one open per learner and product.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use shared::Failure;
use shared::domain::SessionId;
use shared::http::{Body, Caller};
use shared::metrics;

use crate::State;
use crate::create::Session;
use crate::open::{self, Opened};
use crate::order::{Order, Wish};

#[derive(Serialize)]
pub(crate) struct CreatedSession {
    session_id: SessionId,
    checkout_url: String,
    expires_at: Timestamp,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    Body(wish): Body<Wish>,
) -> Result<(StatusCode, Json<CreatedSession>), Failure> {
    let catalog = state.fulfil.store.catalog().await?;
    let order = Order::read(wish, &catalog, &state)?;
    let (status, opened) = match open::open(&state, &caller, &catalog, &order).await? {
        Opened::New(session) => {
            metrics::checkout_created();
            (StatusCode::CREATED, session)
        }
        Opened::Again(session) => (StatusCode::OK, session),
    };
    let Session { id, url, open_until } = opened;
    Ok((status, Json(CreatedSession { session_id: id, checkout_url: url, expires_at: open_until })))
}
