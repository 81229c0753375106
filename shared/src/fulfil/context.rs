//! What fulfilling needs: the table, Stripe, and which installation we are.

use crate::domain::AppId;
use crate::store::Store;
use crate::stripe::{StripeClient, StripeConfig};

/// What fulfilling needs.
#[derive(Clone)]
pub struct Context {
    /// The table.
    pub store: Store,
    /// Stripe.
    pub stripe: StripeClient,
    /// Which installation we are.
    pub app: AppId,
    /// Whether a lost dispute ends its subscription.
    pub cancel_on_lost_dispute: bool,
    /// Whether the account is one of test mode.
    pub test_mode: bool,
}

impl Context {
    /// A table, and the account of a client that was made by the same configuration.
    pub fn new(config: &StripeConfig, stripe: StripeClient, store: Store) -> Self {
        let StripeConfig { app, cancel_on_lost_dispute, test_mode, .. } = config.clone();
        Self { store, stripe, app, cancel_on_lost_dispute, test_mode }
    }
}
