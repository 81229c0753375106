//! A stand-in for Stripe: its API with state, its hosted payment page, its signed webhooks with retries, and a small
//! dashboard, for development and tests without a network.
//!
//! It speaks one API version ([`API_VERSION`]), and Stripe's own tools work against it: the CLI with `--api-base`, the
//! official SDKs, and the typed parsers of async-stripe. Test cards
//! behave as in Stripe's documentation (<https://docs.stripe.com/testing>). What Stripe has no API for, because only
//! time or a bank does it, is under `/_stand_in/` (see `pages/control.rs`).

// Stripe's objects have so many fields that `json!` runs out of the usual 128 expansions.
#![recursion_limit = "256"]

mod api;
mod billing;
mod clock;
mod delivery;
mod error;
mod events;
mod ids;
mod object;
mod pages;
mod payments;
mod resources;
mod store;
mod time;
#[cfg(test)]
mod typed_tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::broadcast;

use api::RunningKeys;
pub use clock::Clock;
use delivery::Deliverer;
pub use delivery::Delivery;
use error::Error;
use resources::webhook_endpoints;
use store::{Caller, Store, Tx};

/// The API version of every object, event and webhook payload.
pub const API_VERSION: &str = "2026-09-30.endive";

/// How to open the stand-in.
#[derive(Clone, Debug)]
pub struct Options {
    /// File of the SQLite database that keeps objects, events, idempotency keys and pending deliveries; None keeps
    /// them in memory.
    pub file: Option<PathBuf>,
    /// Base of the hosted pages' URLs, such as `http://127.0.0.1:12111`, without a trailing slash.
    pub public_url: String,
    /// The account's time. It is moved to where an earlier run has left it.
    pub clock: Clock,
}

/// The stand-in cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The state file cannot be opened or is not the stand-in's.
    #[error("the Stripe stand-in's state cannot be opened: {0}")]
    State(#[from] rusqlite::Error),
    /// Deliveries need a Tokio runtime to run on.
    #[error("the Stripe stand-in must be opened inside a Tokio runtime: {0}")]
    Runtime(#[from] tokio::runtime::TryCurrentError),
    /// The HTTP client of deliveries cannot be built.
    #[error("the Stripe stand-in's HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
}

/// The stand-in's state failed.
#[derive(Debug, thiserror::Error)]
#[error("the Stripe stand-in's state failed")]
pub struct StateError(#[source] Error);

/// A running stand-in; clones share it.
#[derive(Clone)]
pub struct StandIn {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    store: Store,
    running_keys: RunningKeys,
    deliverer: Deliverer,
}

impl Inner {
    /// Runs `work` in one transaction and wakes the deliveries that it may have made due.
    pub(crate) fn write<T>(&self, caller: Caller, work: impl FnOnce(&Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let answer = self.store.write(caller, work);
        self.deliverer.wake();
        answer
    }
}

impl StandIn {
    /// Opens the state and continues pending deliveries. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// When the state file cannot be opened, or there is no runtime.
    pub fn open(options: Options) -> Result<StandIn, OpenError> {
        let runtime = tokio::runtime::Handle::try_current()?;
        let store = Store::open(options.file.as_deref(), options.public_url, options.clock)?;
        let deliverer = Deliverer::new()?;
        let inner = Arc::new(Inner { store, running_keys: RunningKeys::default(), deliverer });
        inner.deliverer.start(&runtime, &inner);
        Ok(StandIn { inner })
    }

    /// The HTTP service: `/v1/...`, the hosted pages, the dashboard and `/_stand_in/...`. Serve it on any listener.
    pub fn router(&self) -> Router {
        api::router(&self.inner).merge(pages::router(&self.inner))
    }

    /// Has all events sent to `url`, and no longer to the URL of an earlier call, in an earlier run too. Gives the
    /// signing secret (`whsec_...`), which stays the same. Endpoints made through the API are left alone.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn ensure_webhook_endpoint(&self, url: &str) -> Result<String, StateError> {
        let ensure = |tx: &Tx<'_>| webhook_endpoints::ensure(tx, url);
        let endpoint = self.inner.write(Caller::default(), ensure).map_err(StateError)?;
        Ok(webhook_endpoints::secret(&endpoint).to_owned())
    }

    /// Moves the account's time forward: whatever is due on the way happens at its time, as subscriptions renew and
    /// invoices are charged and retried, and its events are owed as always. Test clocks of Stripe's API stay where they
    /// are.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn advance(&self, by: Duration) -> Result<(), StateError> {
        let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        let advance = |tx: &Tx<'_>| time::advance_account(tx, tx.now().saturating_add(seconds));
        self.inner.write(Caller::default(), advance).map_err(StateError)
    }

    /// The account's time.
    pub fn clock(&self) -> &Clock {
        self.inner.store.clock()
    }

    /// Every delivery attempt from now on, as it finishes.
    pub fn deliveries(&self) -> broadcast::Receiver<Delivery> {
        self.inner.deliverer.subscribe()
    }

    /// Stops automatic delivery: events wait as pending until [`StandIn::resume_deliveries`].
    pub fn hold_deliveries(&self) {
        self.inner.deliverer.hold();
    }

    /// Continues automatic delivery with what has waited.
    pub fn resume_deliveries(&self) {
        self.inner.deliverer.resume();
    }

    /// Waits until no delivery is due: every one succeeded, waits for a later retry, or is held.
    pub async fn settle(&self) {
        self.inner.deliverer.settle(&self.inner).await;
    }

    /// Stops background work. What is pending is delivered when the state is opened again.
    pub async fn shutdown(&self) {
        self.inner.deliverer.shutdown().await;
    }
}
