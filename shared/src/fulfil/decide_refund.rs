//! Makes, withdraws, rejects and approves refund requests. An approval is written before anything happens at Stripe, and says all
//! that will: who carries it out again, after a crash or a second click, does the same under the same idempotency keys. The status
//! `refunded` and access follow from the refund's own event.

use jiff::Timestamp;

use super::context::Context;
use super::end_subscription;
use super::error::FulfilError;
use super::referral::hold_change;
use super::refund_request::{request_change, status_changed};
use super::stripe_update::StripeUpdate;
use crate::domain::{
    DisputeStatus, Fact, InvoiceId, PaymentKind, RefundApproval, RefundRequest, RefundRequestAction,
    RefundRequestActor, RefundRequestId, RefundRequestStatus, Subscription, SubscriptionId, UserId, split_refund,
};
use crate::store::{Commit, CommitOutcome, Retries, RetriesOver, SubscriptionLock, TableChange, Versioned};
use crate::stripe::{self, EarlierChange, NewRefund, StripeError};

/// A decision about a request.
#[derive(Debug, Clone)]
pub struct RefundDecision {
    /// Who decides.
    pub by: RefundRequestActor,
    /// How much goes back, in minor units; `None` is all that is left.
    pub amount: Option<i64>,
    /// What the learner is told.
    pub note: Option<String>,
}

/// Why a request is not decided.
#[derive(Debug, thiserror::Error)]
pub enum RefundDecisionError {
    /// There is no such request.
    #[error("there is no such refund request")]
    NotFound,
    /// It was decided otherwise, or withdrawn.
    #[error("the refund request is {}", .0.as_str())]
    Closed(RefundRequestStatus),
    /// Nothing is left to refund.
    #[error("nothing is left to refund")]
    NothingLeft,
    /// More than is left.
    #[error("the amount is more than the {left} that is left")]
    AmountTooLarge {
        /// What is left, in minor units.
        left: i64,
    },
    /// The bank holds the money.
    #[error("the payment is disputed")]
    Disputed,
    /// Somebody else is changing the learner's subscriptions or requests.
    #[error("somebody else is changing the learner's subscriptions or refund requests")]
    Busy,
    /// The table or Stripe failed.
    #[error(transparent)]
    Fulfil(#[from] FulfilError),
}

impl From<StripeError> for RefundDecisionError {
    fn from(error: StripeError) -> Self {
        Self::Fulfil(error.into())
    }
}

impl From<crate::store::StoreError> for RefundDecisionError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Fulfil(error.into())
    }
}

impl From<RetriesOver> for RefundDecisionError {
    fn from(RetriesOver: RetriesOver) -> Self {
        Self::Busy
    }
}

/// The id of a new request.
pub fn new_refund_request_id() -> RefundRequestId {
    RefundRequestId::from_bits(fastrand::u128(..))
}

/// Writes a new request. `false`: the payment has got one with this number meanwhile.
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
    let lock = lock(context, &user, now).await?;
    let result = approve_locked(context, id, decision, now).await;
    // A call without an answer may still be executed: the lock expires by itself.
    if !matches!(&result, Err(RefundDecisionError::Fulfil(FulfilError::Stripe(StripeError::NoResponse { .. }))))
        && let Err(error) = context.store.unlock_subscriptions(lock).await
    {
        tracing::warn!(%error, "the lock of the subscriptions was not released");
    }
    result.map(|request| (user, request))
}

/// Two operators who decide at once are answered one after the other.
async fn lock(context: &Context, user: &UserId, now: Timestamp) -> Result<SubscriptionLock, RefundDecisionError> {
    let mut retries = Retries::new();
    loop {
        if let Some(lock) = context.store.try_lock_subscriptions(user, now).await? {
            return Ok(lock);
        }
        retries.wait().await?;
    }
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
        let approval = plan(context, &user, &read.value, decision, now).await?;
        let Some(request) = read.value.with_action(RefundRequestAction::Approve, now) else { return Ok(read.value) };
        let request =
            RefundRequest { approval: Some(approval), note: decision.note.clone(), rejected_by: None, ..request };
        let change = request_change(&user, &read, request.clone(), decision.by.clone());
        if write(context, change, now).await? {
            let approved = Versioned { value: request, version: read.version.saturating_add(1) };
            return carry_out(context, &user, approved, now).await;
        }
        retries.wait().await?;
    }
}

/// Decides what happens at Stripe, by what Stripe says now.
async fn plan(
    context: &Context,
    user: &UserId,
    request: &RefundRequest,
    decision: &RefundDecision,
    now: Timestamp,
) -> Result<RefundApproval, RefundDecisionError> {
    let subscription = match &request.subscription {
        Some(id) => fetch_subscription(context, user, id, now).await?,
        None => None,
    };
    let (intents, is_of_period) = match request.kind {
        PaymentKind::Purchase => (vec![request.payment.to_string()], false),
        PaymentKind::Subscription => {
            let invoice = InvoiceId::parse(request.payment.as_str()).map_err(stripe::ProjectionError::from);
            let period = subscription.as_ref().map(Subscription::period);
            let id = invoice.map_err(FulfilError::from)?;
            let invoice = stripe::fetch_invoice_to_refund(&context.stripe, &id, period.as_ref()).await?;
            (invoice.payment_intents, invoice.is_of_period)
        }
    };
    let mut left = Vec::new();
    for intent in intents {
        let state = stripe::fetch_payment_state(&context.stripe, &intent).await?;
        if state.disputes.iter().any(|dispute| DisputeStatus::from(dispute.status.as_str()).blocks_access()) {
            return Err(RefundDecisionError::Disputed);
        }
        left.push((intent, state.left_to_refund()));
    }
    let parts = split_refund(decision.amount, &left)
        .map_err(|too_large| RefundDecisionError::AmountTooLarge { left: too_large.left })?;
    if parts.is_empty() {
        return Err(RefundDecisionError::NothingLeft);
    }
    let amount = parts.iter().fold(0i64, |sum, part| sum.saturating_add(part.amount));
    let is_all = amount >= left.iter().fold(0i64, |sum, (_, left)| sum.saturating_add(*left));
    let ends = subscription.filter(|subscription| is_all && is_of_period && !subscription.ended());
    Ok(RefundApproval {
        number: request.approval.as_ref().map_or(0, |earlier| earlier.number).saturating_add(1),
        amount,
        parts,
        cancels: ends.map(|subscription| subscription.id),
        by: decision.by.clone(),
        at: now,
    })
}

/// The subscription as it is now.
async fn fetch_subscription(
    context: &Context,
    user: &UserId,
    id: &SubscriptionId,
    now: Timestamp,
) -> Result<Option<Subscription>, RefundDecisionError> {
    super::apply::apply(context, &StripeUpdate::for_subscription(id), now).await?;
    let facts = context.store.facts(user).await?;
    let mut subscriptions = facts.iter().filter_map(Fact::subscription);
    Ok(subscriptions.find(|subscription| subscription.id == *id).cloned())
}

/// Does at Stripe what the last approval says.
async fn carry_out(
    context: &Context,
    user: &UserId,
    approved: Versioned<RefundRequest>,
    now: Timestamp,
) -> Result<RefundRequest, RefundDecisionError> {
    match refund(context, user, &approved.value).await {
        Ok(()) => Ok(approved.value),
        Err(RefundDecisionError::Fulfil(FulfilError::Stripe(error))) if error.is_refusal() => {
            let failed = approved.value.with_action(RefundRequestAction::RefundFailed, now);
            if let Some(failed) = failed {
                // If it has changed meanwhile, an event has told what became of it.
                write(context, request_change(user, &approved, failed, RefundRequestActor::Stripe), now).await?;
            }
            Err(error.into())
        }
        Err(error) => Err(error),
    }
}

async fn refund(context: &Context, user: &UserId, request: &RefundRequest) -> Result<(), RefundDecisionError> {
    let (Some(approval), Some(approval_ref)) = (&request.approval, request.approval_ref()) else { return Ok(()) };
    let prefix = format!("{}:refund:{}:{}", context.app, request.id, approval.number);
    let key = |operation: &str| format!("{prefix}:{operation}");
    if let Some(id) = &approval.cancels {
        let facts = context.store.facts(user).await?;
        let mut subscriptions = facts.iter().filter_map(Fact::subscription);
        if let Some(subscription) = subscriptions.find(|one| one.id == *id && !one.ended()) {
            let earlier = EarlierChange {
                subscription: id,
                schedule: subscription.schedule.as_deref(),
                pending_update_expires_at: subscription.pending_update_expires_at,
            };
            stripe::withdraw_earlier_change(&context.stripe, &earlier, key).await?;
            end_subscription::cancel_now(context, id, &key).await?;
        }
    }
    for part in &approval.parts {
        let new = NewRefund { app: &context.app, part, approval: &approval_ref };
        stripe::create_refund(&context.stripe, new, &key(&part.payment_intent)).await?;
    }
    Ok(())
}

async fn load(
    context: &Context,
    id: &RefundRequestId,
) -> Result<(UserId, Versioned<RefundRequest>), RefundDecisionError> {
    context.store.refund_request(id).await?.ok_or(RefundDecisionError::NotFound)
}

/// Writes a change of a request, with what it means for a referral; `false` when somebody else was faster.
async fn write(context: &Context, change: TableChange, now: Timestamp) -> Result<bool, FulfilError> {
    let hold = match &change {
        TableChange::RefundRequest { user, request, .. } => {
            hold_change(context.store.referred(user).await?.as_ref(), request)
        }
        _ => None,
    };
    let changes = std::iter::once(change).chain(hold).collect();
    let outcome = context.store.commit(&Commit { event: None, at: now, changes }).await?;
    Ok(outcome != CommitOutcome::VersionConflict)
}
