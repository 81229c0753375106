//! The state that the background task and the handles share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, broadcast, watch};

use crate::delivery::attempt::DeliveryAttempt;
use crate::delivery::request;
use crate::state::store::Store;
use crate::state::transaction::RequestContext;

/// The state of webhook deliveries.
pub(super) struct SenderState {
    pub(super) store: Arc<Store>,
    pub(super) client: reqwest::Client,
    pub(super) log: broadcast::Sender<DeliveryAttempt>,
    wake: Arc<Notify>,
    /// Incremented on every change that a handle may wait for.
    pub(super) progress: watch::Sender<u64>,
    state: Mutex<SendingState>,
}

#[derive(Default)]
pub(super) struct SendingState {
    pub(super) is_paused: bool,
    pub(super) is_stopped: bool,
    /// Event and endpoint of each running attempt.
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

    /// Wakes the background task, because a delivery may be due.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// True when no attempt is running and no delivery is due, or deliveries are paused.
    pub(super) fn is_idle(&self) -> bool {
        let (idle, stopped, paused) = {
            let state = self.lock();
            (state.in_flight.is_empty(), state.is_stopped, state.is_paused)
        };
        if stopped || (idle && paused) {
            return true;
        }
        let due =
            self.store.write_without_notify(RequestContext::default(), |tx| tx.due_deliveries(tx.account_now_millis()));
        // If the store cannot be read, nothing is delivered either, and the worker logs it.
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
        // The background task wakes up, finds no handle left, and ends.
        self.wake.notify_one();
    }
}
