//! The handle to webhook deliveries (<https://docs.stripe.com/webhooks>). They are signed, sent in the background
//! with one attempt per event and endpoint at a time, and retried after delays. Pending deliveries are in the store,
//! so a restart loses none.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::delivery::attempt::DeliveryAttempt;
use crate::delivery::sender_state::SenderState;
use crate::delivery::worker;
use crate::state::store::Store;

/// Starts the background task. Can pause and resume it, and wait until it is idle.
pub(crate) struct WebhookSender {
    state: Arc<SenderState>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl WebhookSender {
    /// Starts the background task. It ends when the last handle is dropped.
    pub(crate) fn start(store: Arc<Store>, runtime: &Handle) -> Result<WebhookSender, reqwest::Error> {
        let wake = store.write_notify();
        let state = Arc::new(SenderState::new(store)?);
        let task = runtime.spawn(worker::run(Arc::downgrade(&state), wake));
        Ok(WebhookSender { state, task: Mutex::new(Some(task)) })
    }

    /// Reports every attempt from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<DeliveryAttempt> {
        self.state.log.subscribe()
    }

    /// Stops sending. Events stay pending.
    pub(crate) fn pause(&self) {
        self.state.lock().is_paused = true;
        self.state.report_progress();
    }

    /// Resumes sending, with everything that is pending.
    pub(crate) fn resume(&self) {
        self.state.lock().is_paused = false;
        self.state.wake();
    }

    /// Waits until no attempt is running and no delivery is due, or deliveries are paused.
    pub(crate) async fn wait_until_idle(&self) {
        let mut progress = self.state.progress.subscribe();
        while !self.state.is_idle() {
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// Stops the background task.
    pub(crate) async fn shutdown(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            // The task was just aborted, so its error says nothing new.
            let _cancelled = task.await;
        }
        let mut state = self.state.lock();
        state.is_stopped = true;
        state.in_flight.clear();
        drop(state);
        self.state.report_progress();
    }
}
