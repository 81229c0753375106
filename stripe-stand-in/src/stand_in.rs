//! The library's entry point: opens the state, provides the HTTP service, and moves the clock.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use tokio::sync::broadcast;

use crate::api::handler;
use crate::api::idempotency::RunningKeys;
use crate::delivery::attempt::DeliveryAttempt;
use crate::delivery::sender::WebhookSender;
use crate::pages;
use crate::resources::webhook_endpoints;
use crate::rules::time;
use crate::state::store::Store;
use crate::state::transaction::{RequestContext, Tx};
use crate::values::chaos::Chaos;
use crate::values::clock::Clock;
use crate::values::delivery_retry_schedule::DeliveryRetrySchedule;
use crate::values::error::Error;

/// Options for opening the stand-in.
#[derive(Clone, Debug)]
pub struct Options {
    /// File of the SQLite database with objects, events, idempotency keys and pending deliveries. None keeps
    /// them in memory.
    pub file: Option<PathBuf>,
    /// Base of the hosted pages' URLs, such as `http://127.0.0.1:12111`, without a trailing slash.
    pub public_url: String,
    /// The account's clock. Its offset is restored from the state file.
    pub clock: Clock,
}

/// Why the stand-in cannot be opened.
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

/// A running stand-in. Clones share it.
#[derive(Clone)]
pub struct StandIn {
    pub(crate) store: Arc<Store>,
    running_keys: Arc<RunningKeys>,
    webhook_sender: Arc<WebhookSender>,
}

impl StandIn {
    /// Opens the state and continues pending deliveries. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// When the state file cannot be opened, or there is no runtime.
    pub fn open(options: Options) -> Result<StandIn, OpenError> {
        let runtime = tokio::runtime::Handle::try_current()?;
        let store = Arc::new(Store::open(options.file.as_deref(), options.public_url, options.clock)?);
        let webhook_sender = Arc::new(WebhookSender::start(Arc::clone(&store), &runtime)?);
        Ok(StandIn { store, running_keys: Arc::default(), webhook_sender })
    }

    /// The HTTP service: `/v1/...`, the hosted pages, the dashboard and `/_stand_in/...`. Serve it on any listener.
    pub fn router(&self) -> Router {
        let routes = handler::router(&self.store, &self.running_keys).merge(pages::router(&self.store));
        // Deliveries continue for as long as the router is served.
        routes.layer(Extension(Arc::clone(&self.webhook_sender)))
    }

    /// Sends all events to `url`, instead of the URL of an earlier call or run. Returns the signing secret (`whsec_...`),
    /// which stays the same. Endpoints that were created through the API are not changed.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn ensure_webhook_endpoint(&self, url: &str) -> Result<String, StateError> {
        self.ensure_signed_webhook_endpoint(url, None)
    }

    /// Does the same with a given signing secret. None keeps the current one.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn ensure_signed_webhook_endpoint(&self, url: &str, secret: Option<&str>) -> Result<String, StateError> {
        let ensure = |tx: &Tx<'_>| webhook_endpoints::ensure_default(tx, url, secret);
        let endpoint = self.store.write(RequestContext::default(), ensure).map_err(StateError)?;
        Ok(webhook_endpoints::secret(&endpoint).to_owned())
    }

    /// Advances the account's clock. Everything that becomes due runs at its own time, such as renewals and payment
    /// retries, and its events are delivered as usual. Stripe's test clocks are not moved.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn advance(&self, by: Duration) -> Result<(), StateError> {
        let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        let advance = |tx: &Tx<'_>| time::advance_account(tx, tx.now().saturating_add(seconds));
        self.store.write(RequestContext::default(), advance).map_err(StateError)
    }

    /// Starts this chaos now and replaces the active one. None ends it. The setting is stored in the state file.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn set_chaos(&self, chaos: Option<&Chaos>) -> Result<(), StateError> {
        self.store.write(RequestContext::default(), |tx| tx.set_chaos(chaos)).map_err(StateError)
    }

    /// Sets when failed deliveries are retried. None restores the default. The setting is stored in the state file.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn set_delivery_retry_schedule(&self, schedule: Option<&DeliveryRetrySchedule>) -> Result<(), StateError> {
        self.store.write(RequestContext::default(), |tx| tx.set_delivery_retry_schedule(schedule)).map_err(StateError)
    }

    /// The account's clock.
    pub fn clock(&self) -> &Clock {
        self.store.clock()
    }

    /// Every delivery attempt from now on, as it finishes.
    pub fn deliveries(&self) -> broadcast::Receiver<DeliveryAttempt> {
        self.webhook_sender.subscribe()
    }

    /// Pauses deliveries. Events stay pending until [`StandIn::resume_deliveries`].
    pub fn pause_deliveries(&self) {
        self.webhook_sender.pause();
    }

    /// Resumes deliveries, with everything that is pending.
    pub fn resume_deliveries(&self) {
        self.webhook_sender.resume();
    }

    /// Waits until no delivery is due: each one succeeded, waits for a later retry, or is paused.
    pub async fn wait_for_deliveries(&self) {
        self.webhook_sender.wait_until_idle().await;
    }

    /// Stops background work. Pending events are delivered when the state is opened again.
    pub async fn shutdown(&self) {
        self.webhook_sender.shutdown().await;
    }
}
