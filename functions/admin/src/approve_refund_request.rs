//! `POST /admin/refund-requests/{id}/approve`: refunds the payment, all that is left of it or a part, once.

use axum::Json;
use axum::extract::State as FromState;
use serde::Deserialize;
use shared::HandlerError;
use shared::domain::{RefundRequestActor, RefundRequestId};
use shared::fulfil::{self, RefundDecision, RefundDecisionError};
use shared::http::{Operator, OptionalJsonBody, PathParameter, Problem, parse_note};

use crate::refund_request_response::OperatorRefundRequestResponse;
use crate::state::State;

/// How a request is approved.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveRefundRequestRequest {
    /// How much goes back, in minor units of the payment's currency; by default all that is left.
    amount: Option<i64>,
    /// What the learner is told: 1 to 2,000 characters.
    note: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    operator: Operator,
    PathParameter(id): PathParameter,
    OptionalJsonBody(request): OptionalJsonBody<ApproveRefundRequestRequest>,
) -> Result<Json<OperatorRefundRequestResponse>, HandlerError> {
    let ApproveRefundRequestRequest { amount, note } = request;
    if amount.is_some_and(|amount| amount < 1) {
        let detail = "An amount is a whole number of minor units above 0.";
        return Err(Problem::bad_request("invalid_amount", detail).with_field("amount").into());
    }
    let note = note.as_deref().map(parse_note).transpose()?;
    let id = RefundRequestId::parse(id).map_err(|_| RefundDecisionError::NotFound)?;
    let decision = RefundDecision { by: RefundRequestActor::Operator(operator.user), amount, note };
    let (user, request) = fulfil::approve_refund(&state.fulfil, &id, &decision, state.fulfil.store.now()).await?;
    Ok(Json(OperatorRefundRequestResponse::new(user, request)))
}
