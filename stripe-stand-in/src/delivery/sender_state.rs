//! What deliveries and those who wait for them know of each other.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, broadcast, watch};

use crate::delivery::attempt::DeliveryAttempt;
use crate::delivery::request;
use crate::state::store::Store;
use crate::state::transaction::RequestContext;

/// Deliveries and what is going on with them.
pub(super) struct SenderState {
    pub(super) store: Arc<Store>,
    pub(super) client: reqwest::Client,
    pub(super) log: broadcast::Sender<DeliveryAttempt>,
    wake: Arc<Notify>,
    /// Bumped whenever something happened that somebody may wait for.
    pub(super) progress: watch::Sender<u64>,
    state: Mutex<SendingState>,
}

#[derive(Default)]
pub(super) struct SendingState {
    pub(super) is_paused: bool,
    pub(super) is_stopped: bool,
    /// Event and endpoint of the attempts under way.
    pub(super) in_flight: HashSet<(String, String)>,
}

impl SenderState {
    pub(super) fn new(store: Arc<Store>) -> Result<SenderState, reqwest::Error> {
        Ok(SenderState {
            wake: store.write_notify(),
            store,
            client: request::client()?,
            log: broadcast::channel(1_024).0,
            progress: watch::channel(0).0,
            state: Mutex::default(),
        })
    }

    /// Something may be due.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Nothing is under way and nothing is due, or it is held back.
    pub(super) fn is_idle(&self) -> bool {
        let (idle, stopped, held) = {
            let state = self.lock();
            (state.in_flight.is_empty(), state.is_stopped, state.is_paused)
        };
        if stopped || (idle && held) {
            return true;
        }
        let due =
            self.store.write_without_notify(RequestContext::default(), |tx| tx.due_deliveries(tx.account_now_millis()));
        // A state that cannot be read delivers nothing either; the worker logs it.
        idle && due.map_or(true, |due| due.is_empty())
    }

    pub(super) fn report_progress(&self) {
        self.progress.send_modify(|count| *count += 1);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, SendingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SenderState {
    fn drop(&mut self) {
        // The background task wakes up, sees that nobody is left, and ends.
        self.wake.notify_one();
    }
}
