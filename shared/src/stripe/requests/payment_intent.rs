//! Payment intents that are paid on the shop's own page.

use stripe_core::payment_intent::CancelPaymentIntentCancellationReason as CancellationReason;
use stripe_core::payment_intent::{
    CancelPaymentIntent, CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods, RetrievePaymentIntent,
};
use stripe_shared::{PaymentIntent, PaymentIntentStatus};
use stripe_types::Currency as StripeCurrency;

use super::mutation::Mutation;
use crate::domain::{AppId, CustomerId, Money, PaymentIntentId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::metadata::Sale;

/// What a payment intent is to sell.
#[derive(Debug, Clone)]
pub struct NewPaymentIntent<'a> {
    /// Who buys what.
    pub sale: &'a Sale,
    /// What is charged: the catalog's price.
    pub money: Money,
    /// What receipts call it.
    pub description: &'a str,
    /// The learner's customer. Stripe sends receipts to its address, as it does for sessions.
    pub customer: &'a CustomerId,
}

/// Creates a payment intent with the payment methods that the Dashboard has turned on.
/// See <https://docs.stripe.com/payments/payment-methods/dynamic-payment-methods>.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_payment_intent(
    stripe: &StripeClient,
    app: &AppId,
    new: &NewPaymentIntent<'_>,
    key: &str,
) -> Result<PaymentIntent, StripeError> {
    let currency: StripeCurrency = or_unreadable(new.money.currency.as_str().parse(), "a currency of Stripe's")?;
    let request = CreatePaymentIntent::new(new.money.amount, currency)
        .customer(new.customer.as_str())
        .metadata(new.sale.to_metadata(app))
        .description(new.description)
        .automatic_payment_methods(CreatePaymentIntentAutomaticPaymentMethods::new(true));
    // Nobody is told the secret of one that was made in vain, so nobody pays it.
    Mutation::new(stripe, key).send(request).await
}

/// The payment intent as it is now.
///
/// # Errors
/// When Stripe refuses (an unknown id is [`StripeError::is_missing`]) or does not answer.
pub async fn retrieve_payment_intent(
    stripe: &StripeClient,
    id: &PaymentIntentId,
) -> Result<PaymentIntent, StripeError> {
    RetrievePaymentIntent::new(id.as_str()).send(stripe).await
}

/// Cancels a payment intent, so that nobody can pay it any more, and returns it as it is then. One that was paid, or whose payment is
/// processing, cannot be canceled; if Stripe refuses for another reason, it is still open. See <https://docs.stripe.com/api/payment_intents/cancel>.
///
/// # Errors
/// When Stripe refuses (an unknown id is [`StripeError::is_missing`]) or does not answer.
pub async fn end_payment_intent(stripe: &StripeClient, id: &PaymentIntentId) -> Result<PaymentIntent, StripeError> {
    let intent = retrieve_payment_intent(stripe, id).await?;
    if is_beyond_canceling(&intent) {
        return Ok(intent);
    }
    let find_result = || async {
        let intent = retrieve_payment_intent(stripe, id).await?;
        Ok(is_beyond_canceling(&intent).then_some(intent))
    };
    // Stripe repeats a refusal for a day. It refuses while a payment is processing; once that has failed, there is another charge.
    let charge = intent.latest_charge.as_ref().map_or("", |charge| charge.id().as_str());
    let key = format!("cancel:{id}:{charge}");
    let request = CancelPaymentIntent::new(id.as_str()).cancellation_reason(CancellationReason::Abandoned);
    match Mutation::new(stripe, &key).send_unless(request, find_result).await {
        // It was paid a moment ago, or Stripe says why not for another reason.
        Err(error) if error.is_refusal() && !error.is_missing() => retrieve_payment_intent(stripe, id).await,
        answer => answer,
    }
}

/// Whether it is over, or a payment of it cannot be called back.
fn is_beyond_canceling(intent: &PaymentIntent) -> bool {
    use PaymentIntentStatus::{Canceled, Processing, Succeeded};
    matches!(intent.status, Canceled | Processing | Succeeded)
}
