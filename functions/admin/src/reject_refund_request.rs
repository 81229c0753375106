//! `POST /admin/refund-requests/{id}/reject`: refunds nothing, and says why.

use axum::Json;
use axum::extract::State as FromState;
use serde::Deserialize;
use shared::HandlerError;
use shared::domain::{RefundRequestAction, RefundRequestActor, RefundRequestId};
use shared::fulfil::{self, RefundDecision, RefundDecisionError};
use shared::http::{JsonBody, Operator, PathParameter, parse_note};

use crate::refund_request_response::OperatorRefundRequestResponse;
use crate::state::State;

/// Why a request is rejected.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectRefundRequestRequest {
    /// What the learner is told: 1 to 2,000 characters.
    note: String,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    operator: Operator,
    PathParameter(id): PathParameter,
    JsonBody(request): JsonBody<RejectRefundRequestRequest>,
) -> Result<Json<OperatorRefundRequestResponse>, HandlerError> {
    let note = parse_note(&request.note)?;
    let id = RefundRequestId::parse(id).map_err(|_| RefundDecisionError::NotFound)?;
    let by = RefundRequestActor::Operator(operator.user);
    let decision = RefundDecision { by, amount: None, note: Some(note) };
    let (context, now) = (&state.fulfil, state.fulfil.store.now());
    let (user, request) =
        fulfil::decide_without_refund(context, &id, RefundRequestAction::Reject, decision, now).await?;
    Ok(Json(OperatorRefundRequestResponse::new(user, request)))
}
