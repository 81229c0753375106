//! The payment intent that is created in Stripe for a reserved slot.

use jiff::{SignedDuration, Timestamp};
use shared::HandlerError;
use shared::domain::{Currency, CustomerId, Money, PaymentIntentId};
use shared::fulfil;
use shared::store::CheckoutSlot;
use shared::stripe::{self, NewPaymentIntent, PaymentIntent, StripeError, digest};

use crate::checkout_parameters::CheckoutParameters;
use crate::state::State;

/// How long a payment intent can be paid: as long as a session by default. Stripe lets it be paid for ever, so it is canceled then.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// A payment intent that can be paid. It is not `Debug`, because the secret must not reach the log.
pub(crate) struct OpenPaymentIntent {
    pub(crate) id: PaymentIntentId,
    pub(crate) client_secret: String,
    pub(crate) money: Money,
    /// Stripe's status.
    pub(crate) status: String,
    pub(crate) open_until: Timestamp,
}

/// Creates the payment intent of a reserved slot.
pub(crate) async fn create_stripe_payment_intent(
    state: &State,
    parameters: &CheckoutParameters<'_>,
    customer: &CustomerId,
    slot: &CheckoutSlot,
) -> Result<OpenPaymentIntent, HandlerError> {
    let CheckoutParameters { caller, checkout, credit, .. } = parameters;
    let fulfil::Context { stripe, app, .. } = &state.fulfil;
    let sale = parameters.sale();
    let lowered_by = credit.as_ref().map_or(0, |credit| credit.reserved.amount);
    let price = checkout.price.money;
    let money = Money::new(price.amount.saturating_sub(lowered_by), price.currency);
    let description = &checkout.product.name;
    let new = NewPaymentIntent { sale: &sale, money, description, customer };
    let who = digest(&[caller.user.as_str()]);
    let key = format!("{app}:payment-intent:{who}:{}:{}:{}", checkout.product.id, slot.generation, slot.fingerprint);
    parse_payment_intent(&stripe::create_payment_intent(stripe, app, &new, &key).await?)
}

/// What the browser needs of a payment intent.
pub(crate) fn parse_payment_intent(intent: &PaymentIntent) -> Result<OpenPaymentIntent, HandlerError> {
    let lacking = |what: &str| HandlerError::Stripe(StripeError::Unreadable { what: what.to_owned() });
    let created = Timestamp::from_second(intent.created).map_err(|_| lacking("a time in the calendar"))?;
    let currency = Currency::parse(&intent.currency.to_string()).map_err(|_| lacking("a currency"))?;
    Ok(OpenPaymentIntent {
        id: PaymentIntentId::parse(intent.id.as_str()).map_err(|_| lacking("a payment intent id"))?,
        client_secret: intent.client_secret.clone().ok_or_else(|| lacking("a client secret"))?,
        money: Money::new(intent.amount, currency),
        status: intent.status.as_str().to_owned(),
        open_until: created.checked_add(LIFETIME).unwrap_or(Timestamp::MAX),
    })
}
