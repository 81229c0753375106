//! Makes, withdraws, rejects and approves refund requests. An approval is written before anything happens at Stripe, and says all
//! that will: who carries it out again, after a crash or a second click, does the same under the same idempotency keys. The status
//! `refunded` and access follow from the refund's own event.

use jiff::Timestamp;

use super::carry_out_refund::carry_out;
use super::context::Context;
use super::error::FulfilError;
use super::plan_refund::{RefundPlan, plan};
use super::refund_decision::{RefundDecision, RefundDecisionError, load, with_lock, write};
use super::refund_request::{request_change, status_changed};
use crate::domain::{
    Catalog, RefundPolicy, RefundRequest, RefundRequestAction, RefundRequestActor, RefundRequestId,
    RefundRequestStatus, UserId,
};
use crate::store::{Retries, TableChange, Versioned};

/// The id of a new request.
///
/// # Errors
/// When the system has no random bits.
pub fn new_refund_request_id() -> Result<RefundRequestId, getrandom::Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(RefundRequestId::from_bits(u128::from_ne_bytes(random)))
}

/// Writes a new request. `false`: the payment has got one with this number meanwhile, or another request has its id.
///
/// # Errors
/// When the table fails.
pub async fn create_refund_request(
    context: &Context,
    user: &UserId,
    request: &RefundRequest,
    now: Timestamp,
) -> Result<bool, FulfilError> {
    let transitions = vec![status_changed(None, request, RefundRequestActor::Learner)];
    let (user, request) = (user.clone(), Box::new(request.clone()));
    let change = TableChange::RefundRequest { user, request, expected_version: None, transitions };
    write(context, change, now).await
}

/// Rejects or withdraws a request: nothing happens at Stripe. Doing it again changes nothing.
///
/// # Errors
/// When it was decided otherwise, or the table fails.
pub async fn decide_without_refund(
    context: &Context,
    id: &RefundRequestId,
    action: RefundRequestAction,
    decision: RefundDecision,
    now: Timestamp,
) -> Result<(UserId, RefundRequest), RefundDecisionError> {
    let RefundDecision { by, note, .. } = decision;
    let mut retries = Retries::new();
    loop {
        let (user, read) = load(context, id).await?;
        if read.value.status.after(action).is_none() {
            return Err(RefundDecisionError::Closed(read.value.status));
        }
        let Some(mut request) = read.value.with_action(action, now) else { return Ok((user, read.value)) };
        if action == RefundRequestAction::Reject {
            (request.note, request.rejected_by) = (note.clone(), Some(by.clone()));
        }
        if write(context, request_change(&user, &read, request.clone(), by.clone()), now).await? {
            return Ok((user, request));
        }
        retries.wait().await?;
    }
}

/// Approves a request and refunds its payment, once: a request that is approved already is only carried out, and one that is refunded
/// is left as it is. One approval at a time is carried out for a learner.
///
/// # Errors
/// When it was rejected or withdrawn, when the payment cannot be refunded, or when the table or Stripe fails. If Stripe does not
/// answer, the request is approved, and approving it again finds out what has happened. If Stripe refuses, it is `refund_failed`.
pub async fn approve_refund(
    context: &Context,
    id: &RefundRequestId,
    decision: &RefundDecision,
    now: Timestamp,
) -> Result<(UserId, RefundRequest), RefundDecisionError> {
    let (user, _) = load(context, id).await?;
    let request = with_lock(context, &user, now, approve_locked(context, id, decision, now)).await?;
    Ok((user, request))
}

/// Approves an open request as [`approve_refund`] does, if the policy still approves it at once: of two requests at the same time only
/// one is the learner's first. Returns the request as it is then.
///
/// # Errors
/// As [`approve_refund`].
pub async fn approve_refund_by_policy(
    context: &Context,
    user: &UserId,
    id: &RefundRequestId,
    policy: &RefundPolicy,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<RefundRequest, RefundDecisionError> {
    with_lock(context, user, now, async {
        let learner = context.store.learner_payments(user).await?;
        let (of_request, others): (Vec<_>, Vec<_>) =
            learner.refund_requests.iter().cloned().partition(|request| request.id == *id);
        let request = of_request.into_iter().next().ok_or(RefundDecisionError::NotFound)?;
        let payments = learner.payments();
        let payment = payments.iter().find(|payment| payment.id == request.payment);
        if payment.is_some_and(|payment| policy.approves_at_once(catalog, payment, &payments, &others)) {
            let decision = RefundDecision { by: RefundRequestActor::Policy, amount: None, note: None };
            approve_locked(context, id, &decision, now).await
        } else {
            Ok(request)
        }
    })
    .await
}

async fn approve_locked(
    context: &Context,
    id: &RefundRequestId,
    decision: &RefundDecision,
    now: Timestamp,
) -> Result<RefundRequest, RefundDecisionError> {
    let mut retries = Retries::new();
    loop {
        let (user, read) = load(context, id).await?;
        match (read.value.status, read.value.status.after(RefundRequestAction::Approve)) {
            (status, None) => return Err(RefundDecisionError::Closed(status)),
            (RefundRequestStatus::Refunded, _) => return Ok(read.value),
            (RefundRequestStatus::Approved, _) => return carry_out(context, &user, read, now).await,
            (_, Some(_)) => {}
        }
        let (action, approval) = match plan(context, &user, &read.value, decision, now).await? {
            RefundPlan::Approve(approval) => (RefundRequestAction::Approve, Some(approval)),
            RefundPlan::AlreadyRefunded => (RefundRequestAction::RefundArrived, None),
        };
        let Some(request) = read.value.with_action(action, now) else { return Ok(read.value) };
        let is_approved = approval.is_some();
        let approval = approval.or_else(|| read.value.approval.clone());
        let request = RefundRequest { approval, note: decision.note.clone(), rejected_by: None, ..request };
        if write(context, request_change(&user, &read, request.clone(), decision.by.clone()), now).await? {
            let written = Versioned { value: request, version: read.version.saturating_add(1) };
            return if is_approved { carry_out(context, &user, written, now).await } else { Ok(written.value) };
        }
        retries.wait().await?;
    }
}
