//! What a learner pays an open checkout by.

use super::id::{PaymentIntentId, SessionId};

/// The object of Stripe's that is the open way to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckoutId {
    /// A Checkout Session: it is paid on Stripe's page.
    Session(SessionId),
    /// A payment intent: it is paid on the shop's page.
    PaymentIntent(PaymentIntentId),
}

impl CheckoutId {
    /// The id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Session(id) => id.as_str(),
            Self::PaymentIntent(id) => id.as_str(),
        }
    }
}
