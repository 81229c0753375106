//! Sessions and payment intents, projected to purchases.

use stripe_shared::{CheckoutSessionPaymentStatus, CheckoutSessionStatus, PaymentIntent, PaymentIntentStatus};

use super::error::ProjectionError;
use super::values::{disputes, parse_timestamp, refunds};
use crate::domain::{Currency, Money, Payment, Purchase, PurchaseId};
use crate::stripe::metadata::Sale;
use crate::stripe::objects::CheckoutSession;
use crate::stripe::state::PaymentState;

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
        paid_at: None,
    }))
}

/// The purchase that a payment intent with its refunds and disputes amounts to. `is_checkout_complete` says that the buyer had
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
        // A payment intent outlives a debit that failed, and is tried again.
        (PaymentIntentStatus::RequiresConfirmation, true) => Payment::Failed,
        (PaymentIntentStatus::RequiresAction, true) if waits_for_authentication(intent) => Payment::Failed,
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
        paid_at: None,
    }))
}

/// The payer has to authenticate: nothing is on its way. Other actions, such as a bank transfer, come after the buyer has finished.
/// See <https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action-type>.
fn waits_for_authentication(intent: &PaymentIntent) -> bool {
    let action = intent.next_action.as_ref();
    action.is_some_and(|action| matches!(action.type_.as_str(), "redirect_to_url" | "use_stripe_sdk"))
}
