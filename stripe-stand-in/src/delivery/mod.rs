//! Webhook deliveries (<https://docs.stripe.com/webhooks>): signed, in the background, one attempt per event and
//! endpoint at a time, retried with back-off. What is owed is in the store, so a restart loses nothing.

mod post;
mod schedule;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;

use super::Inner;
use super::clock;
use super::store::Caller;

/// One finished attempt to deliver an event.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Id of the event, `evt_...`.
    pub event: String,
    /// Type of the event, such as `checkout.session.completed`.
    pub event_type: String,
    /// Where it went.
    pub url: String,
    /// Counts from 1 for each event and endpoint.
    pub attempt: u32,
    /// From sending it to having the answer.
    pub took: Duration,
    /// The HTTP status of the answer, or why there was none. Stripe counts any 2xx as delivered.
    pub result: Result<u16, String>,
}

/// Runs deliveries and knows what is going on.
pub(crate) struct Deliverer {
    client: reqwest::Client,
    log: broadcast::Sender<Delivery>,
    wake: Arc<Notify>,
    /// Bumped whenever something happened that [`Deliverer::settle`] may wait for.
    progress: watch::Sender<u64>,
    state: Mutex<State>,
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    held: bool,
    stopped: bool,
    /// Event and endpoint of the attempts under way.
    in_flight: HashSet<(String, String)>,
}

impl Deliverer {
    pub(crate) fn new() -> Result<Deliverer, reqwest::Error> {
        Ok(Deliverer {
            client: post::client()?,
            log: broadcast::channel(1_024).0,
            wake: Arc::new(Notify::new()),
            progress: watch::channel(0).0,
            state: Mutex::default(),
            task: Mutex::default(),
        })
    }

    /// Starts the background task, which ends with the last [`Inner`].
    pub(crate) fn start(&self, runtime: &Handle, inner: &Arc<Inner>) {
        let task = runtime.spawn(schedule::run(Arc::downgrade(inner), Arc::clone(&self.wake)));
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Something may be due.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Delivery> {
        self.log.subscribe()
    }

    pub(crate) fn hold(&self) {
        self.state().held = true;
        self.report_progress();
    }

    pub(crate) fn resume(&self) {
        self.state().held = false;
        self.wake();
    }

    /// Waits until nothing is under way and nothing is due, or held back.
    pub(crate) async fn settle(&self, inner: &Inner) {
        let mut progress = self.progress.subscribe();
        while !self.is_quiet(inner) {
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    pub(crate) async fn shutdown(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            // It was just cancelled: the error says no more than that.
            let _cancelled = task.await;
        }
        let mut state = self.state();
        state.stopped = true;
        state.in_flight.clear();
        drop(state);
        self.report_progress();
    }

    fn is_quiet(&self, inner: &Inner) -> bool {
        let (idle, stopped, held) = {
            let state = self.state();
            (state.in_flight.is_empty(), state.stopped, state.held)
        };
        if stopped || (idle && held) {
            return true;
        }
        let due = inner.store.write(Caller::default(), |tx| tx.due_deliveries(clock::now_millis()));
        // A state that cannot be read delivers nothing either; the schedule logs it.
        idle && due.map_or(true, |due| due.is_empty())
    }

    fn report_progress(&self) {
        self.progress.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Deliverer {
    fn drop(&mut self) {
        // The background task wakes up, sees that nobody is left, and ends.
        self.wake.notify_one();
    }
}
