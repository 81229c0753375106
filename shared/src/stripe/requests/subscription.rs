//! Subscriptions and their invoices, as they are now.

use std::collections::HashMap;

use stripe_billing::invoice::RetrieveInvoice;
use stripe_billing::invoice_payment::{ListInvoicePayment, ListInvoicePaymentPayment, ListInvoicePaymentPaymentType};
use stripe_billing::subscription::RetrieveSubscription;
use stripe_core::dispute::ListDispute;

use super::{PAGE, parse_id};
use crate::domain::{PriceId, SubscriptionId};
use crate::stripe::{StripeClient, StripeError, StripeInvoice, StripeSubscription, SubscriptionState};

/// The subscription with its products, an invoice with its payments (`invoice`, or else the latest one), and the disputes
/// of a payment intent of it: one call, and one more for an invoice that is not the latest and for disputes.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn subscription_state(
    stripe: &StripeClient,
    id: &SubscriptionId,
    invoice: Option<&str>,
    payment: Option<&str>,
) -> Result<SubscriptionState, StripeError> {
    let expand = ["items.data.price.product", "latest_invoice.payments"].map(str::to_owned);
    let subscription = RetrieveSubscription::new(id.as_str()).expand(expand).send(stripe).await?;
    let latest = subscription.latest_invoice.as_ref().and_then(|latest| latest.as_object()).cloned();
    let is_latest = |wanted: &str| latest.as_ref().and_then(|latest| latest.id.as_ref()).is_some_and(|id| id == wanted);
    let invoice = match invoice {
        Some(wanted) if !is_latest(wanted) => Some(self::invoice(stripe, wanted).await?),
        _ => latest,
    };
    let disputes = match payment {
        Some(payment) => ListDispute::new().payment_intent(payment).limit(PAGE).send(stripe).await?.data,
        None => Vec::new(),
    };
    Ok(SubscriptionState { subscription, invoice, disputes })
}

async fn invoice(stripe: &StripeClient, id: &str) -> Result<StripeInvoice, StripeError> {
    RetrieveInvoice::new(id).expand(vec!["payments".to_owned()]).send(stripe).await
}

/// The subscription's metadata and the prices of its items.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn subscription_metadata(
    stripe: &StripeClient,
    id: &SubscriptionId,
) -> Result<(HashMap<String, String>, Vec<PriceId>), StripeError> {
    let StripeSubscription { metadata, items, .. } = RetrieveSubscription::new(id.as_str()).send(stripe).await?;
    let prices = items.data.iter().map(|item| parse_id(PriceId::parse(item.price.id.as_str()), "a price id"));
    let prices = prices.collect::<Result<_, _>>()?;
    Ok((metadata, prices))
}

/// The subscription whose invoice a payment intent pays; `None` when it pays none. A payment intent does not say so itself.
/// See <https://docs.stripe.com/api/invoice-payment/list>.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn subscription_paid_by(stripe: &StripeClient, intent: &str) -> Result<Option<SubscriptionId>, StripeError> {
    let payment = ListInvoicePaymentPayment {
        payment_intent: Some(intent.to_owned()),
        ..ListInvoicePaymentPayment::new(ListInvoicePaymentPaymentType::PaymentIntent)
    };
    let request = ListInvoicePayment::new().payment(payment).limit(1).expand(vec!["data.invoice".to_owned()]);
    let found = request.send(stripe).await?;
    let invoice = found.data.first().and_then(|payment| payment.invoice.as_object());
    let parent = invoice.and_then(|invoice| invoice.parent.as_ref()?.subscription_details.as_ref());
    parent
        .map(|parent| parse_id(SubscriptionId::parse(parent.subscription.id().as_str()), "a subscription id"))
        .transpose()
}
