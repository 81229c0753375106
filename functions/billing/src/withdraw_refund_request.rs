//! `DELETE /billing/refund-requests/{id}`: withdraws an open refund request.

use axum::Json;
use axum::extract::State as FromState;
use shared::HandlerError;
use shared::domain::{RefundRequestAction, RefundRequestActor, RefundRequestId};
use shared::fulfil::{self, RefundDecision, RefundDecisionError};
use shared::http::{Caller, PathParameter, RefundRequestResponse};

use crate::state::State;

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    PathParameter(id): PathParameter,
) -> Result<Json<RefundRequestResponse>, HandlerError> {
    let id = RefundRequestId::parse(id).map_err(|_| RefundDecisionError::NotFound)?;
    let (context, now) = (&state.fulfil, state.fulfil.store.now());
    // Somebody else's is answered as one that does not exist.
    let owner = context.store.refund_request(&id).await?;
    owner.filter(|(user, _)| *user == caller.user).ok_or(RefundDecisionError::NotFound)?;
    let decision = RefundDecision { by: RefundRequestActor::Learner, amount: None, note: None };
    let action = RefundRequestAction::Withdraw;
    let (_, request) = fulfil::decide_without_refund(context, &id, action, decision, now).await?;
    Ok(Json(RefundRequestResponse::from(&request)))
}
