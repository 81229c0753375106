//! The stand-in as a program starts it: opened on its state, served on any listener, and moved in time.

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
use crate::values::error::Error;
use crate::values::retry_schedule::RetrySchedule;

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
        // Events are delivered for as long as anybody can make them happen.
        routes.layer(Extension(Arc::clone(&self.webhook_sender)))
    }

    /// Has all events sent to `url`, and no longer to the URL of an earlier call, in an earlier run too. Gives the
    /// signing secret (`whsec_...`), which stays the same. Endpoints made through the API are left alone.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn ensure_webhook_endpoint(&self, url: &str) -> Result<String, StateError> {
        self.ensure_signed_webhook_endpoint(url, None)
    }

    /// The same with a signing secret that the caller has chosen; None keeps the one that it had.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn ensure_signed_webhook_endpoint(&self, url: &str, secret: Option<&str>) -> Result<String, StateError> {
        let ensure = |tx: &Tx<'_>| webhook_endpoints::ensure_default(tx, url, secret);
        let endpoint = self.store.write(RequestContext::default(), ensure).map_err(StateError)?;
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
        self.store.write(RequestContext::default(), advance).map_err(StateError)
    }

    /// Begins this chaos now, in place of any other; None ends it. It is kept in the state file.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn set_chaos(&self, chaos: Option<&Chaos>) -> Result<(), StateError> {
        self.store.write(RequestContext::default(), |tx| tx.set_chaos(chaos)).map_err(StateError)
    }

    /// Sets when deliveries that failed are tried again; None brings back the usual schedule. It is kept in the state file.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn set_retry_schedule(&self, schedule: Option<&RetrySchedule>) -> Result<(), StateError> {
        self.store.write(RequestContext::default(), |tx| tx.set_retry_schedule(schedule)).map_err(StateError)
    }

    /// The account's time.
    pub fn clock(&self) -> &Clock {
        self.store.clock()
    }

    /// Every delivery attempt from now on, as it finishes.
    pub fn deliveries(&self) -> broadcast::Receiver<DeliveryAttempt> {
        self.webhook_sender.subscribe()
    }

    /// Stops automatic delivery: events wait as pending until [`StandIn::resume_deliveries`].
    pub fn pause_deliveries(&self) {
        self.webhook_sender.pause();
    }

    /// Continues automatic delivery with what has waited.
    pub fn resume_deliveries(&self) {
        self.webhook_sender.resume();
    }

    /// Waits until no delivery is due: every one succeeded, waits for a later retry, or is held.
    pub async fn wait_for_deliveries(&self) {
        self.webhook_sender.wait_until_idle().await;
    }

    /// Stops background work. What is pending is delivered when the state is opened again.
    pub async fn shutdown(&self) {
        self.webhook_sender.shutdown().await;
    }
}
