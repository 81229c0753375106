//! Does at Stripe what an approval says, and what was approved but not carried out.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::context::Context;
use super::end_subscription;
use super::error::FulfilError;
use super::refund_decision::{RefundDecisionError, load, with_lock, write};
use super::refund_request::request_change;
use crate::domain::{
    Fact, RefundApproval, RefundRequest, RefundRequestAction, RefundRequestActor, RefundRequestId, RefundRequestStatus,
    Subscription, SubscriptionId, UserId,
};
use crate::store::{ListedRefundRequest, StoreError, Versioned};
use crate::stripe::{self, EarlierChange, NewRefund};

/// Longer than a request lasts: whoever approved is done, or has crashed.
const MIN_APPROVAL_AGE: SignedDuration = SignedDuration::from_mins(2);
const PAGE_SIZE: usize = 100;

/// Carries out approvals whose process crashed or got no answer of Stripe's, until the deadline: how many were carried out. One that
/// fails is tried again by the next run. A refund that was made is not made again.
///
/// # Errors
/// When the list cannot be read.
pub(super) async fn carry_out_approved_refunds(
    context: &Context,
    deadline: Option<Instant>,
) -> Result<u64, StoreError> {
    let now = context.store.now();
    let mut carried_out: u64 = 0;
    let mut last: Option<(Timestamp, RefundRequestId)> = None;
    loop {
        let after = last.as_ref().map(|(created_at, id)| (*created_at, id));
        let page = context.store.refund_requests_with_status(RefundRequestStatus::Approved, PAGE_SIZE, after).await?;
        for ListedRefundRequest { user, request } in &page.requests {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(carried_out);
            }
            if now.duration_since(request.updated_at) < MIN_APPROVAL_AGE {
                continue;
            }
            match carry_out_again(context, user, &request.id, now).await {
                Ok(true) => carried_out = carried_out.saturating_add(1),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(request = %request.id, %error, "an approved refund cannot be carried out");
                }
            }
        }
        last = page.requests.last().map(|listed| (listed.request.created_at, listed.request.id.clone()));
        if !page.has_more || last.is_none() {
            return Ok(carried_out);
        }
    }
}

/// Whether something had to be done at Stripe.
async fn carry_out_again(
    context: &Context,
    user: &UserId,
    id: &RefundRequestId,
    now: Timestamp,
) -> Result<bool, RefundDecisionError> {
    with_lock(context, user, now, async {
        let (_, read) = load(context, id).await?;
        if read.value.status != RefundRequestStatus::Approved {
            return Ok(false);
        }
        refund_or_record_refusal(context, user, &read, now).await
    })
    .await
}

/// Carries out a request that is approved, and returns it.
///
/// # Errors
/// When the table or Stripe fails. If Stripe refuses, the request is `refund_failed`.
pub(super) async fn carry_out(
    context: &Context,
    user: &UserId,
    approved: Versioned<RefundRequest>,
    now: Timestamp,
) -> Result<RefundRequest, RefundDecisionError> {
    refund_or_record_refusal(context, user, &approved, now).await?;
    Ok(approved.value)
}

async fn refund_or_record_refusal(
    context: &Context,
    user: &UserId,
    approved: &Versioned<RefundRequest>,
    now: Timestamp,
) -> Result<bool, RefundDecisionError> {
    let error = match refund(context, user, &approved.value).await {
        Err(error) if is_final(&error) => error,
        result => return result,
    };
    if let Some(failed) = approved.value.with_action(RefundRequestAction::RefundFailed, now) {
        // If it has changed meanwhile, an event has told what became of it.
        write(context, request_change(user, approved, failed, RefundRequestActor::Stripe), now).await?;
    }
    Err(error)
}

/// Whether trying again is pointless. A key that Stripe does not accept can be mended: then the approval is carried out later.
fn is_final(error: &RefundDecisionError) -> bool {
    match error {
        RefundDecisionError::Disputed => true,
        RefundDecisionError::Fulfil(FulfilError::Stripe(error)) => error.is_refusal() && !error.is_key_refused(),
        _ => false,
    }
}

/// Whether something had to be done.
async fn refund(context: &Context, user: &UserId, request: &RefundRequest) -> Result<bool, RefundDecisionError> {
    let (Some(approval), Some(approval_ref)) = (&request.approval, request.approval_ref()) else { return Ok(false) };
    let prefix = format!("{}:refund:{}:{}", context.app, request.id, approval.number);
    let key = |operation: &str| format!("{prefix}:{operation}");
    if let Some(id) = &approval.cancels {
        cancel_subscription(context, user, id, approval, &key).await?;
    }
    let mut was_made = false;
    for part in &approval.parts {
        let new = NewRefund { app: &context.app, part, approval: &approval_ref };
        was_made |= stripe::create_refund(&context.stripe, new, &key(&part.payment_intent)).await?;
    }
    Ok(was_made)
}

/// Cancels the subscription whose running period is refunded. When the period is over since the approval, another one was begun and
/// paid for: that stays.
async fn cancel_subscription(
    context: &Context,
    user: &UserId,
    id: &SubscriptionId,
    approval: &RefundApproval,
    key: &impl Fn(&str) -> String,
) -> Result<(), RefundDecisionError> {
    let facts = context.store.facts(user).await?;
    let mut subscriptions = facts.iter().filter_map(Fact::subscription);
    let is_running = |subscription: &&Subscription| {
        subscription.id == *id && !subscription.ended() && subscription.period().start <= approval.at
    };
    let Some(subscription) = subscriptions.find(is_running) else { return Ok(()) };
    // A dispute may have come since the approval. Stripe would refuse the refund, and the subscription would be gone.
    for part in &approval.parts {
        if stripe::fetch_payment_state(&context.stripe, &part.payment_intent).await?.is_disputed() {
            return Err(RefundDecisionError::Disputed);
        }
    }
    let earlier = EarlierChange {
        subscription: id,
        schedule: subscription.schedule.as_deref(),
        pending_update_expires_at: subscription.pending_update_expires_at,
    };
    stripe::withdraw_earlier_change(&context.stripe, &earlier, key).await?;
    Ok(end_subscription::cancel_now(context, id, key).await?)
}
