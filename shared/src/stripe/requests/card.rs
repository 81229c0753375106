//! Cards, known by their fingerprints: the same card has the same one, whoever pays with it.
//! See <https://docs.stripe.com/api/charges/object#charge_object-payment_method_details-card-fingerprint>.

use std::collections::BTreeSet;

use miniserde::Deserialize;
use serde::Serialize;
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};

use super::page_size::MAX_PAGE_SIZE;
use crate::stripe::client::StripeClient;
use crate::stripe::error::StripeError;

/// Whose cards.
#[derive(Debug, Clone, Copy)]
pub enum CardsOf<'a> {
    /// What a payment intent was paid with, or tried to be.
    PaymentIntent(&'a str),
    /// What a customer's latest hundred charges were paid with.
    Customer(&'a str),
}

/// The fingerprints of the cards: one call.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn list_card_fingerprints(
    stripe: &StripeClient,
    cards_of: CardsOf<'_>,
) -> Result<BTreeSet<String>, StripeError> {
    let charges = ListCharges(cards_of).customize().send(stripe).await?;
    let cards = charges.data.into_iter().filter_map(|charge| charge.payment_method_details?.card);
    Ok(cards.filter_map(|card| card.fingerprint).collect())
}

/// Charges with nothing but their cards: the whole type is large, and nothing else of it is needed.
struct ListCharges<'a>(CardsOf<'a>);

#[derive(Deserialize)]
struct Charges {
    data: Vec<Charge>,
}

#[derive(Deserialize)]
struct Charge {
    payment_method_details: Option<PaymentMethodDetails>,
}

#[derive(Deserialize)]
struct PaymentMethodDetails {
    card: Option<Card>,
}

#[derive(Deserialize)]
struct Card {
    fingerprint: Option<String>,
}

impl StripeRequest for ListCharges<'_> {
    type Output = Charges;

    fn build(&self) -> RequestBuilder {
        #[derive(Serialize)]
        struct Query<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            payment_intent: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            customer: Option<&'a str>,
            limit: i64,
        }
        let query = match self.0 {
            CardsOf::PaymentIntent(id) => Query { payment_intent: Some(id), customer: None, limit: MAX_PAGE_SIZE },
            CardsOf::Customer(id) => Query { payment_intent: None, customer: Some(id), limit: MAX_PAGE_SIZE },
        };
        RequestBuilder::new(StripeMethod::Get, "/charges").query(&query)
    }
}
