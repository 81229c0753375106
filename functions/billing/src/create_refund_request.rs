//! `POST /billing/payments/{id}/refund-requests`: asks for a refund of a payment.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::StatusCode;
use serde::Deserialize;
use shared::HandlerError;
use shared::domain::{Catalog, LearnerPayment, RefundRefusal, RefundRequest, RefundRequestStatus, UserId};
use shared::fulfil;
use shared::http::{JsonBody, PathParameter, Problem, RateLimitedCaller, RefundRequestResponse, parse_reason};

use crate::learner_payments::LoadedPayments;
use crate::state::State;

/// Why a refund is asked for.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateRefundRequestRequest {
    /// In the learner's words: 1 to 2,000 characters.
    reason: String,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    PathParameter(id): PathParameter,
    JsonBody(request): JsonBody<CreateRefundRequestRequest>,
) -> Result<(StatusCode, Json<RefundRequestResponse>), HandlerError> {
    let reason = parse_reason(&request.reason)?;
    let loaded = LoadedPayments::load(&state, &caller.user).await?;
    let payment = loaded.payment(&id)?;
    if let Some(refusal) = loaded.view().refusal(&payment) {
        return Err(problem(&state, &loaded, &payment, refusal).into());
    }
    let request = new_request(&loaded, &payment, reason)?;
    if !fulfil::create_refund_request(&state.fulfil, &caller.user, &request, loaded.now).await? {
        return Err(problem(&state, &loaded, &payment, RefundRefusal::RefundRequested).into());
    }
    let read = &loaded.read;
    let policy = &state.refund_policy;
    let request = if policy.approves_at_once(&loaded.catalog, &payment, &read.payments(), &read.refund_requests) {
        approve(&state, &caller.user, &loaded.catalog, request).await?
    } else {
        request
    };
    Ok((StatusCode::CREATED, Json(RefundRequestResponse::from(&request))))
}

fn new_request(loaded: &LoadedPayments, payment: &LearnerPayment, reason: String) -> Result<RefundRequest, Problem> {
    let earlier = loaded.read.refund_requests.iter().filter(|request| request.payment == payment.id);
    Ok(RefundRequest {
        id: fulfil::new_refund_request_id().map_err(Problem::internal)?,
        payment: payment.id.clone(),
        number: earlier.map(|request| request.number).max().unwrap_or(0).saturating_add(1),
        kind: payment.kind,
        subscription: payment.subscription.clone(),
        products: payment.products.clone(),
        paid: payment.charged,
        progress_percent: loaded.view().progress(payment).percent,
        reason,
        status: RefundRequestStatus::Open,
        created_at: loaded.now,
        updated_at: loaded.now,
        approval: None,
        rejected_by: None,
        note: None,
    })
}

/// Approves a request by the policy. If that fails, the request stands, and an operator sees it.
async fn approve(
    state: &State,
    user: &UserId,
    catalog: &Catalog,
    request: RefundRequest,
) -> Result<RefundRequest, HandlerError> {
    let (context, policy) = (&state.fulfil, &state.refund_policy);
    match fulfil::approve_refund_by_policy(context, user, &request.id, policy, catalog, context.store.now()).await {
        Ok(decided) => Ok(decided),
        Err(error) => {
            tracing::warn!(request = %request.id, %error, "an automatic refund was not made");
            let read = state.fulfil.store.refund_request(&request.id).await?;
            Ok(read.map_or(request, |(_, read)| read.value))
        }
    }
}

/// Why a refund cannot be asked for, with the figures.
fn problem(state: &State, loaded: &LoadedPayments, payment: &LearnerPayment, refusal: RefundRefusal) -> Problem {
    let conflict = |detail| Problem::conflict(refusal.code(), detail);
    let policy = &state.refund_policy;
    match refusal {
        RefundRefusal::NotPaid => conflict("The payment has not arrived, so there is nothing to refund."),
        RefundRefusal::NothingPaid => conflict("Nothing was charged, so there is nothing to refund."),
        RefundRefusal::AlreadyRefunded => conflict("All of the payment was refunded."),
        RefundRefusal::PaymentDisputed => conflict("The bank holds the money because of a dispute."),
        RefundRefusal::RefundRequested => conflict("A refund of this payment was asked for, and is being worked on."),
        RefundRefusal::TooManyRefundRequests => {
            conflict("As many refunds of this payment were asked for as may be. An operator can still refund it.")
        }
        RefundRefusal::CertificateIssued => conflict("A certificate was issued for what was paid for."),
        RefundRefusal::RefundWindowOver => conflict("A refund can be asked for only for some days after the payment.")
            .with_member("window_days", policy.window_days)
            .with_member("refundable_until", policy.window_end(payment).map(|until| until.to_string())),
        RefundRefusal::TooMuchProgress => conflict("Too much of what was paid for is done already.")
            .with_member("progress_percent", loaded.view().progress(payment).percent)
            .with_member("max_progress_percent", policy.max_progress_percent),
    }
}
