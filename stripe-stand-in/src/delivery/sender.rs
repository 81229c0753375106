//! The handle to the deliveries (<https://docs.stripe.com/webhooks>): signed, in the background, one attempt per event
//! and endpoint at a time, retried with back-off. What is owed is in the store, so a restart loses nothing.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::delivery::attempt::DeliveryAttempt;
use crate::delivery::sender_state::SenderState;
use crate::delivery::worker;
use crate::state::store::Store;

/// Runs deliveries, and lets others hold them back and wait for them.
pub(crate) struct WebhookSender {
    state: Arc<SenderState>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl WebhookSender {
    /// Starts the background task, which ends with the last handle.
    pub(crate) fn start(store: Arc<Store>, runtime: &Handle) -> Result<WebhookSender, reqwest::Error> {
        let wake = store.write_notify();
        let state = Arc::new(SenderState::new(store)?);
        let task = runtime.spawn(worker::run(Arc::downgrade(&state), wake));
        Ok(WebhookSender { state, task: Mutex::new(Some(task)) })
    }

    /// Every attempt from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<DeliveryAttempt> {
        self.state.log.subscribe()
    }

    /// Stops sending by itself.
    pub(crate) fn pause(&self) {
        self.state.lock().is_paused = true;
        self.state.report_progress();
    }

    /// Goes on with what has waited.
    pub(crate) fn resume(&self) {
        self.state.lock().is_paused = false;
        self.state.wake();
    }

    /// Waits until nothing is under way and nothing is due, or held back.
    pub(crate) async fn wait_until_idle(&self) {
        let mut progress = self.state.progress.subscribe();
        while !self.state.is_idle() {
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// Ends the background task.
    pub(crate) async fn shutdown(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            // It was just cancelled: the error says no more than that.
            let _cancelled = task.await;
        }
        let mut state = self.state.lock();
        state.is_stopped = true;
        state.in_flight.clear();
        drop(state);
        self.state.report_progress();
    }
}
