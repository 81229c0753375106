//! Payment intents, with their refunds and disputes.

use std::collections::HashMap;

use stripe_core::dispute::ListDispute;
use stripe_core::payment_intent::RetrievePaymentIntent;
use stripe_core::refund::ListRefund;
use stripe_shared::Refund;
use stripe_types::Expandable;

use super::page_size::MAX_PAGE_SIZE;
use crate::stripe::client::StripeClient;
use crate::stripe::error::StripeError;
use crate::stripe::state::PaymentState;

/// The payment intent, its refunds and its disputes, as they are now: two calls, a third when there are many refunds.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn fetch_payment_state(stripe: &StripeClient, id: &str) -> Result<PaymentState, StripeError> {
    let expand = vec!["latest_charge.refunds".to_owned()];
    let mut intent = RetrievePaymentIntent::new(id).expand(expand).send(stripe).await?;
    let charge = intent.latest_charge.take().and_then(Expandable::into_object);
    let refunds = match charge.and_then(|charge| charge.refunds) {
        Some(list) if !list.has_more => list.data,
        _ => list_refunds(stripe, id).await?,
    };
    let disputes = ListDispute::new().payment_intent(id).limit(MAX_PAGE_SIZE).send(stripe).await?.data;
    Ok(PaymentState { payment_intent: intent, refunds, disputes })
}

pub(super) async fn list_refunds(stripe: &StripeClient, intent: &str) -> Result<Vec<Refund>, StripeError> {
    let mut refunds: Vec<Refund> = Vec::new();
    loop {
        let mut request = ListRefund::new().payment_intent(intent).limit(MAX_PAGE_SIZE);
        if let Some(last) = refunds.last() {
            request = request.starting_after(last.id.as_str());
        }
        let page = request.send(stripe).await?;
        refunds.extend(page.data);
        if !page.has_more {
            return Ok(refunds);
        }
    }
}

/// The payment intent's metadata.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn fetch_payment_intent_metadata(
    stripe: &StripeClient,
    id: &str,
) -> Result<HashMap<String, String>, StripeError> {
    Ok(RetrievePaymentIntent::new(id).send(stripe).await?.metadata)
}
