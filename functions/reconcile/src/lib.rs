//! Recovers events that the webhook did not receive: on a schedule, Stripe's list of events is read, and those that were not
//! processed are applied.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

use std::time::Duration;

use shared::config::{ConfigError, Lookup};
use shared::fulfil::reconcile::{self, ReconcileError, ReconcileReport, RunOptions, RunTrigger};
use shared::fulfil::{self, Context};
use shared::metrics;
use shared::startup::fetch_secrets_and_open_store;
use shared::store::{Store, StoreConfig};
use shared::stripe::{StripeClient, StripeConfig};
use tokio::time::Instant;

/// How long a run takes at most: less than Lambda allows, and than it takes until the schedule comes again.
pub const MAX_RUN_TIME: Duration = Duration::from_secs(240);

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Stripe account.
    pub stripe: StripeConfig,
    /// The table.
    pub store: StoreConfig,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is missing or malformed.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        Ok(Self { stripe: StripeConfig::from_lookup(lookup)?, store: StoreConfig::from_lookup(lookup)? })
    }
}

/// What a run needs.
#[derive(Clone)]
pub struct State {
    fulfil: Context,
}

impl State {
    /// The state on a store and a Stripe account.
    ///
    /// # Errors
    /// When Stripe's key cannot be used.
    pub fn new(config: &Config, store: Store) -> Result<Self, ConfigError> {
        Ok(Self { fulfil: Context::new(&config.stripe, StripeClient::new(&config.stripe)?, store) })
    }

    /// The state as the environment describes it.
    ///
    /// # Errors
    /// When a variable is missing or malformed, or a secret cannot be fetched.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let (environment, store) = fetch_secrets_and_open_store(&["STRIPE_SECRET_KEY"]).await?;
        Self::new(&Config::from_lookup(&Lookup::new(&|name| environment.get(name)))?, store)
    }
}

/// One run, of four minutes at most. The next one goes on where it stopped.
///
/// # Errors
/// When Stripe's list or the table cannot be read.
pub async fn run(state: &State) -> Result<ReconcileReport, ReconcileError> {
    let deadline = Instant::now().checked_add(MAX_RUN_TIME);
    let report =
        reconcile::run(&state.fulfil, RunOptions { since: None, deadline, trigger: RunTrigger::Schedule }, |_| {})
            .await?;
    // No metric was written for entries that an operator closed by hand.
    fulfil::report_empty_error_queue(&state.fulfil.store, None).await;
    let lag = state.fulfil.store.now().duration_since(report.done_until).as_secs().max(0);
    let missed = report.applied.saturating_add(report.failed);
    metrics::reconciled(lag, i64::try_from(missed).unwrap_or(i64::MAX));
    tracing::info!(?report, lag, "reconciled");
    Ok(report)
}
