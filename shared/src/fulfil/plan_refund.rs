//! Decides what an approval does at Stripe, by what Stripe says now.

use jiff::Timestamp;

use super::context::Context;
use super::error::FulfilError;
use super::refund_decision::{RefundDecision, RefundDecisionError};
use super::stripe_update::StripeUpdate;
use crate::domain::{
    Fact, InvoiceId, PaymentKind, RefundApproval, RefundRequest, Subscription, SubscriptionId, UserId, split_refund,
};
use crate::stripe::{self, PaymentState};

/// What is to be done with a request that is approved.
#[derive(Debug)]
pub(super) enum RefundPlan {
    /// Refunds, and perhaps the end of a subscription.
    Approve(RefundApproval),
    /// Nothing: all of the payment has gone back, by other requests or in the Dashboard.
    AlreadyRefunded,
}

/// The plan for a request.
///
/// # Errors
/// When nothing was collected, less than the amount is left, or the bank holds the money; when the table or Stripe fails.
pub(super) async fn plan(
    context: &Context,
    user: &UserId,
    request: &RefundRequest,
    decision: &RefundDecision,
    now: Timestamp,
) -> Result<RefundPlan, RefundDecisionError> {
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
    let mut states: Vec<(String, PaymentState)> = Vec::with_capacity(intents.len());
    for intent in intents {
        let state = stripe::fetch_payment_state(&context.stripe, &intent).await?;
        if state.is_disputed() {
            return Err(RefundDecisionError::Disputed);
        }
        states.push((intent, state));
    }
    let mut collected = states.iter().filter(|(_, state)| state.payment_intent.amount_received > 0).peekable();
    if collected.peek().is_some() && collected.all(|(_, state)| state.is_refunded()) {
        return Ok(RefundPlan::AlreadyRefunded);
    }
    let left: Vec<_> = states.iter().map(|(intent, state)| (intent.clone(), state.left_to_refund())).collect();
    let all_left = left.iter().fold(0i64, |sum, (_, left)| sum.saturating_add(*left));
    let parts = split_refund(decision.amount, &left)
        .map_err(|too_large| RefundDecisionError::AmountTooLarge { left: too_large.left })?;
    if parts.is_empty() {
        return Err(RefundDecisionError::NothingLeft);
    }
    let amount = parts.iter().fold(0i64, |sum, part| sum.saturating_add(part.amount));
    let ends = subscription.filter(|subscription| amount >= all_left && is_of_period && !subscription.ended());
    let earlier_failed =
        states.iter().fold(0i64, |sum, (_, state)| sum.saturating_add(state.failed_refunds_of(&request.id)));
    Ok(RefundPlan::Approve(RefundApproval {
        number: request.approval.as_ref().map_or(0, |earlier| earlier.number).saturating_add(1),
        amount,
        parts,
        earlier_failed,
        cancels: ends.map(|subscription| subscription.id),
        by: decision.by.clone(),
        at: now,
    }))
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
