//! The background task. It starts due deliveries, retries failed ones, and runs what is due at a certain time.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::delivery::attempt::DeliveryAttempt;
use crate::delivery::chaos::{self, SendDecision};
use crate::delivery::request;
use crate::delivery::sender_state::SenderState;
use crate::rules::time;
use crate::state::deliveries::{AttemptRecord, DeliveryState, DueDelivery};
use crate::state::transaction::{RequestContext, Tx};
use crate::values::clock;
use crate::values::error::Error;

/// How many attempts to one endpoint run at the same time. Like Stripe's, they arrive in no guaranteed order.
/// Endpoints do not wait for each other.
const MAX_CONCURRENT: usize = 8;

/// With chaos, one at a time: the order must be the same in every run.
const MAX_CONCURRENT_IN_CHAOS: usize = 1;

/// Runs until the last handle is dropped.
pub(super) async fn run(sender: Weak<SenderState>, wake: Arc<Notify>) {
    let mut attempts = JoinSet::new();
    loop {
        let Some(sender) = sender.upgrade() else {
            return;
        };
        let delay = match start_due(&sender, &mut attempts) {
            Ok(next_delay) => next_delay,
            Err(error) => {
                tracing::error!(%error, "the Stripe stand-in's deliveries wait");
                Some(Duration::from_secs(1))
            }
        };
        sender.report_progress();
        drop(sender);
        tokio::select! {
            () = wake.notified() => {}
            Some(_) = attempts.join_next() => {}
            () = sleep(delay) => {}
        }
    }
}

async fn sleep(delay: Option<Duration>) {
    match delay {
        Some(delay) => tokio::time::sleep(delay).await,
        None => std::future::pending().await,
    }
}

/// Starts the attempts that are due, and returns the time until the next scheduled work.
fn start_due(sender: &Arc<SenderState>, attempts: &mut JoinSet<()>) -> Result<Option<Duration>, Error> {
    let now = sender.store.clock().now_millis();
    // Copied before the read: an attempt that ends during the read is done, although the read still shows its
    // delivery as due.
    let (running, is_paused) = {
        let state = sender.lock();
        (state.in_flight.clone(), state.is_paused)
    };
    let (due, next_delay, at_once) = sender.store.write_without_notify(RequestContext::default(), |tx| {
        time::run_due(tx)?;
        let at_once = if tx.chaos()?.is_some() { MAX_CONCURRENT_IN_CHAOS } else { MAX_CONCURRENT };
        // Many deliveries may wait while paused, so they are not read.
        let due = if is_paused { Vec::new() } else { tx.due_deliveries(tx.account_now_millis())? };
        Ok((due, next_time(tx, now)?, at_once))
    })?;
    let mut state = sender.lock();
    if !state.is_paused {
        for delivery in due {
            let key = (delivery.event.clone(), delivery.endpoint.clone());
            let busy = state.in_flight.iter().filter(|(_, endpoint)| *endpoint == key.1).count();
            if busy < at_once && !running.contains(&key) && state.in_flight.insert(key) {
                attempts.spawn(deliver(Arc::clone(sender), delivery));
            }
        }
    }
    Ok(next_delay.map(|at| Duration::from_millis(u64::try_from(at - now).unwrap_or(1).max(1))))
}

/// When the next scheduled work after `now` is due, in unix milliseconds of the account's clock.
fn next_time(tx: &Tx<'_>, now: i64) -> Result<Option<i64>, Error> {
    let delivery = tx.next_delivery_after(now)?;
    let other = time::next_due(tx)?.map(|seconds| seconds.saturating_mul(1_000));
    Ok(delivery.into_iter().chain(other).min())
}

async fn deliver(sender: Arc<SenderState>, delivery: DueDelivery) {
    if let Err(error) = send_attempt(&sender, &delivery).await {
        tracing::error!(%error, event = delivery.event, "a delivery of the Stripe stand-in was not recorded");
    }
    sender.lock().in_flight.remove(&(delivery.event, delivery.endpoint));
    sender.report_progress();
}

async fn send_attempt(sender: &SenderState, delivery: &DueDelivery) -> Result<(), Error> {
    let DueDelivery { event, endpoint, attempt_count: attempts, .. } = delivery;
    let prepare =
        |tx: &Tx<'_>| Ok((request::prepare(tx, event, endpoint)?, chaos::decide_whether_to_send(tx, delivery)?));
    let (Some(post), decision) = sender.store.write_without_notify(RequestContext::default(), prepare)? else {
        return Ok(());
    };
    let (url, event_type) = (post.url.clone(), post.event_type.clone());
    let started = Instant::now();
    let now = sender.store.clock().now().as_second();
    let result = match decision.reason() {
        None => request::send(&sender.client, post, now).await,
        Some(reason) => Err(reason.to_owned()),
    };
    let took = started.elapsed();
    let finished = AttemptRecord {
        event: event.clone(),
        event_type: event_type.clone(),
        url: url.clone(),
        number: attempts + 1,
        at_millis: clock::now_millis(),
        status: result.clone().ok(),
        error: result.clone().err(),
    };
    sender
        .store
        .write_without_notify(RequestContext::default(), |tx| record_attempt(tx, delivery, &finished, decision))?;
    let report =
        DeliveryAttempt { event: event.clone(), event_type, url, attempt: finished.number, duration: took, result };
    // There may be no subscriber.
    let _nobody = sender.log.send(report);
    Ok(())
}

/// Records an attempt, and schedules the next one if there is one.
fn record_attempt(
    tx: &Tx<'_>,
    delivery: &DueDelivery,
    finished: &AttemptRecord,
    decision: SendDecision,
) -> Result<(), Error> {
    let due_at = if decision == SendDecision::Drop {
        None
    } else if finished.succeeded() {
        tx.release_reordered(delivery)?;
        chaos::duplicate_due_at(tx, delivery)?
    } else {
        let wait = tx.delivery_retry_schedule()?.delay_after(finished.number);
        wait.map(|wait| tx.account_now_millis().saturating_add(wait.saturating_mul(1_000)))
    };
    let is_delivered = decision == SendDecision::Drop || finished.succeeded();
    tx.record_attempt(delivery, finished, DeliveryState { is_delivered, due_at })
}
