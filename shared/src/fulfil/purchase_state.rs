//! A purchase at Stripe at one moment.

use std::sync::Arc;

use crate::domain::Purchase;
use crate::stripe::{CheckoutSession, PaymentState, ProjectionError, Sale, project_payment_intent, project_session};

/// Stripe's side of a purchase at one moment.
#[derive(Debug)]
pub enum PurchaseState {
    /// A session; enough as long as its payment cannot have been refunded or disputed.
    Session(Arc<CheckoutSession>),
    /// The payment with its refunds and disputes.
    Payment {
        /// The intent with its refunds and disputes.
        state: Box<PaymentState>,
        /// Whether the buyer had finished.
        is_checkout_complete: bool,
    },
}

impl PurchaseState {
    /// The purchase that it is projected to; `None` when there is none yet.
    ///
    /// # Errors
    /// When Stripe's object cannot be a purchase.
    pub fn to_purchase(&self, sale: &Sale) -> Result<Option<Purchase>, ProjectionError> {
        match self {
            Self::Session(session) => project_session(session, sale),
            Self::Payment { state, is_checkout_complete } => project_payment_intent(state, sale, *is_checkout_complete),
        }
    }
}
