//! Stripe's objects, projected to facts. A fact depends on what Stripe says now and on nothing else.

mod subscription;

use std::collections::BTreeMap;

use jiff::Timestamp;
use stripe_shared::{CheckoutSessionPaymentStatus, CheckoutSessionStatus, Dispute, PaymentIntentStatus};

pub use subscription::{
    InvoiceRefundsAndDisputes, ObsoleteSchedule, SubscriptionState, payment_intents_of, project_invoice,
    project_subscription, project_subscription_event,
};
pub(super) use subscription::{TRIAL_USED_COMMENT, invoice_covers, invoice_status, is_renewal_invoice, period_start};

use super::{CheckoutSession, PaymentState, Sale};
use crate::domain::{
    Currency, DisputeId, DisputeStatus, IdError, Money, MoneyError, Payment, Purchase, PurchaseId, Refund, RefundId,
    RefundStatus,
};

/// Stripe sent something that cannot be a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProjectionError {
    /// An id in no known form.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A currency in no known form.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A complete session without an amount or a currency.
    #[error("the session has no total")]
    NoTotal,
    /// A subscription to nothing.
    #[error("the subscription has no item")]
    NoItem,
    /// A time outside of the calendar.
    #[error("a time is out of range")]
    TimeOutOfRange,
}

/// The purchase that a session begins: none while the session is open or when it expired.
///
/// # Errors
/// When the session is complete and lacks what every complete session has.
pub fn project_session(session: &CheckoutSession, sale: &Sale) -> Result<Option<Purchase>, ProjectionError> {
    if session.status != Some(CheckoutSessionStatus::Complete) {
        return Ok(None);
    }
    let payment = match session.payment_status {
        CheckoutSessionPaymentStatus::Paid | CheckoutSessionPaymentStatus::NoPaymentRequired => Payment::Paid,
        _ => Payment::Pending,
    };
    let id = match &session.payment_intent {
        Some(intent) => intent.id().as_str(),
        None => session.id.as_str(),
    };
    let (Some(amount), Some(currency)) = (session.amount_total, &session.currency) else {
        return Err(ProjectionError::NoTotal);
    };
    Ok(Some(Purchase {
        id: PurchaseId::parse(id)?,
        product: sale.product.clone(),
        price: sale.price.clone(),
        charged: Money::new(amount, Currency::parse(&currency.to_string())?),
        payment,
        refunds: [].into(),
        disputes: [].into(),
        referrer: sale.referrer.clone(),
        additional_products: sale.additional_products.clone(),
        since: parse_timestamp(session.created)?,
    }))
}

/// The purchase that a payment intent with its refunds and disputes amounts to. `begun` says that the buyer had
/// finished (the session is complete, or the purchase is known): before that, a declined card is not a purchase.
///
/// # Errors
/// When an id, a currency or a time has no known form.
pub fn project_payment_intent(
    state: &PaymentState,
    sale: &Sale,
    is_checkout_complete: bool,
) -> Result<Option<Purchase>, ProjectionError> {
    let intent = &state.payment_intent;
    let payment = match (&intent.status, is_checkout_complete) {
        (PaymentIntentStatus::Succeeded, _) => Payment::Paid,
        (PaymentIntentStatus::Processing, _) => Payment::Pending,
        (PaymentIntentStatus::Canceled | PaymentIntentStatus::RequiresPaymentMethod, true) => Payment::Failed,
        (_, true) => Payment::Pending,
        (_, false) => return Ok(None),
    };
    let amount = if payment == Payment::Paid { intent.amount_received } else { intent.amount };
    Ok(Some(Purchase {
        id: PurchaseId::parse(intent.id.as_str())?,
        product: sale.product.clone(),
        price: sale.price.clone(),
        charged: Money::new(amount, Currency::parse(&intent.currency.to_string())?),
        payment,
        refunds: refunds(&state.refunds)?,
        disputes: disputes(&state.disputes)?,
        referrer: sale.referrer.clone(),
        additional_products: sale.additional_products.clone(),
        since: parse_timestamp(intent.created)?,
    }))
}

fn refunds(refunds: &[stripe_shared::Refund]) -> Result<BTreeMap<RefundId, Refund>, ProjectionError> {
    let read = |refund: &stripe_shared::Refund| {
        let status = RefundStatus::from(refund.status.as_deref().unwrap_or("pending"));
        Ok((RefundId::parse(refund.id.as_str())?, Refund { amount: refund.amount, status }))
    };
    refunds.iter().map(read).collect()
}

fn disputes(disputes: &[Dispute]) -> Result<BTreeMap<DisputeId, DisputeStatus>, ProjectionError> {
    let read =
        |dispute: &Dispute| Ok((DisputeId::parse(dispute.id.as_str())?, DisputeStatus::from(dispute.status.as_str())));
    disputes.iter().map(read).collect()
}

fn parse_timestamp(seconds: i64) -> Result<Timestamp, ProjectionError> {
    Timestamp::from_second(seconds).map_err(|_| ProjectionError::TimeOutOfRange)
}
