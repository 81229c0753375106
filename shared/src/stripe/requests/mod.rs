//! Every call we make to Stripe, each in our own words, each mutation under an idempotency key of our own.

mod catalog;
mod checkout;
mod payment;
mod subscription;
#[cfg(feature = "operator")]
mod webhook;

use std::fmt::Display;

use stripe_client_core::{IdempotencyKey, RequestStrategy};

pub use catalog::{
    StripePrice, StripeProduct, active_prices, archive_price, create_price, create_product, our_products, product,
    sold_as, update_product,
};
pub use checkout::{
    NewSession, create_customer, create_session, expire_session, promotion, session, session_expiry, session_prices,
};
pub use payment::{PaymentState, intent_metadata, payment_state};
pub use subscription::{subscription_metadata, subscription_paid_by, subscription_state};
#[cfg(feature = "operator")]
pub use webhook::{Endpoint, create_endpoint, delete_endpoint, endpoints};

use super::StripeError;

/// The most that one page of a Stripe list holds.
const PAGE: i64 = 100;

/// Turns our ids into an idempotency key. Stripe remembers keys for 24 hours and refuses a known one with other
/// parameters, so callers put everything that distinguishes the operation into it.
/// See <https://docs.stripe.com/api/idempotent_requests>.
fn keyed(parts: impl Display) -> Result<RequestStrategy, StripeError> {
    IdempotencyKey::new(parts.to_string())
        .map(RequestStrategy::Idempotent)
        .map_err(|_| StripeError::Unreadable { what: "an idempotency key of 1 to 255 characters".to_owned() })
}

fn parse_id<T, E>(parsed: Result<T, E>, what: &str) -> Result<T, StripeError> {
    parsed.map_err(|_| StripeError::Unreadable { what: what.to_owned() })
}
