//! The background task: starts what is due, retries what failed, and does in time what only time does.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::{Delivery, post};
use crate::Inner;
use crate::clock;
use crate::error::Error;
use crate::store::{Attempt, Caller, DueDelivery, Tx};
use crate::time;

/// Waits between attempts, in milliseconds: much shorter than Stripe's, which retries for days. After the last one the
/// delivery is given up.
const BACK_OFF: [i64; 6] = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000];

/// So many attempts at one endpoint run at the same time; like Stripe's, they arrive in no certain order. Another
/// endpoint never waits for them.
const AT_ONCE: usize = 8;

/// Runs until the stand-in is dropped.
pub(super) async fn run(stand_in: Weak<Inner>, wake: Arc<Notify>) {
    let mut attempts = JoinSet::new();
    loop {
        let Some(inner) = stand_in.upgrade() else {
            return;
        };
        let pause = match start_due(&inner, &mut attempts) {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "the Stripe stand-in's deliveries wait");
                Some(Duration::from_secs(1))
            }
        };
        inner.deliverer.report_progress();
        drop(inner);
        tokio::select! {
            () = wake.notified() => {}
            Some(_) = attempts.join_next() => {}
            () = sleep(pause) => {}
        }
    }
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// Starts what may start now, and says how long nothing else will be due by itself.
fn start_due(inner: &Arc<Inner>, attempts: &mut JoinSet<()>) -> Result<Option<Duration>, Error> {
    let now = clock::now_millis();
    // Taken before the reading: an attempt that ends during it is done, though its delivery was still read as due.
    let running = inner.deliverer.state().in_flight.clone();
    let (due, next) = inner.store.write(Caller::default(), |tx| {
        time::catch_up(tx)?;
        Ok((tx.due_deliveries(clock::now_millis())?, next_time(tx, now, inner.store.clock().offset_seconds())?))
    })?;
    let mut state = inner.deliverer.state();
    if !state.held {
        for delivery in due {
            let key = (delivery.event.clone(), delivery.endpoint.clone());
            let busy = state.in_flight.iter().filter(|(_, endpoint)| *endpoint == key.1).count();
            if busy < AT_ONCE && !running.contains(&key) && state.in_flight.insert(key) {
                attempts.spawn(deliver(Arc::clone(inner), delivery));
            }
        }
    }
    Ok(next.map(|at| Duration::from_millis(u64::try_from(at - now).unwrap_or(1).max(1))))
}

/// When something is due by itself next, in unix milliseconds of the machine's clock; the account's time is so many
/// seconds `ahead` of it.
fn next_time(tx: &Tx<'_>, now: i64, ahead: i64) -> Result<Option<i64>, Error> {
    let delivery = tx.next_delivery_after(now)?;
    let other = time::next(tx)?.map(|seconds| (seconds - ahead).saturating_mul(1_000));
    Ok(delivery.into_iter().chain(other).min())
}

async fn deliver(inner: Arc<Inner>, delivery: DueDelivery) {
    if let Err(error) = attempt(&inner, &delivery).await {
        tracing::error!(%error, event = delivery.event, "a delivery of the Stripe stand-in was not recorded");
    }
    inner.deliverer.state().in_flight.remove(&(delivery.event, delivery.endpoint));
    inner.deliverer.report_progress();
}

async fn attempt(inner: &Inner, delivery: &DueDelivery) -> Result<(), Error> {
    let DueDelivery { event, endpoint, attempts, .. } = delivery;
    let prepare = |tx: &Tx<'_>| post::prepare(tx, event, endpoint);
    let Some(post) = inner.store.write(Caller::default(), prepare)? else {
        return Ok(());
    };
    let (url, event_type) = (post.url.clone(), post.event_type.clone());
    let started = Instant::now();
    let now = inner.store.clock().now().as_second();
    let result = post::send(&inner.deliverer.client, post, now).await;
    let took = started.elapsed();
    let finished = Attempt {
        event: event.clone(),
        event_type: event_type.clone(),
        url: url.clone(),
        number: attempts + 1,
        at: clock::now_millis(),
        status: result.clone().ok(),
        error: result.clone().err(),
    };
    let wait = BACK_OFF.get(usize::try_from(*attempts).unwrap_or(usize::MAX));
    let retry_at = if finished.succeeded() { None } else { wait.map(|wait| finished.at + wait) };
    inner.store.write(Caller::default(), |tx| tx.finish_attempt(delivery, &finished, retry_at))?;
    let told = Delivery { event: event.clone(), event_type, url, attempt: finished.number, took, result };
    // Nobody may be listening.
    let _nobody = inner.deliverer.log.send(told);
    Ok(())
}
