//! What a webhook that was dark did not hear. Stripe keeps a list of its events for 30 days: this reads what was added to it,
//! and delivers what was not processed. It retries the error queue, too.
//!
//! A run may stop anywhere and at any time. What it delivered is remembered with the table's own records, so the next one
//! goes on where this one stopped, and two at once do no harm.
//! See <https://docs.stripe.com/webhooks/process-undelivered-events>.

use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::Instant;

use super::{Context, Delivered, FulfilError, Trust, deliver, events};
use crate::store::keys::WEBHOOK_ERROR_SHARDS;
use crate::store::{Checkpoint, EventWindow, FailedEvent, StoreError};
use crate::stripe::{self, Envelope, EventPage, EventsBetween, StripeError};

/// How long Stripe keeps events.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// An event may show up in the list after younger ones.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// Deliveries at the same time. Stripe takes 25 calls a second in test mode.
const AT_ONCE: usize = 4;

/// Why a run stopped early. The next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe.
    #[error(transparent)]
    Stripe(#[from] StripeError),
}

/// What a run is for.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Where to begin; `None` goes on from the checkpoint, the first time 30 days ago.
    pub since: Option<Timestamp>,
    /// When to stop, finished or not.
    pub until: Option<Instant>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Events that were read.
    pub read: u64,
    /// Those that had not been heard of, and are applied now.
    pub applied: u64,
    /// Those that could not be applied. They are in the error queue.
    pub failed: u64,
    /// Entries of the error queue that were mended.
    pub mended: u64,
    /// Everything up to here was applied, or is in the error queue.
    pub done_until: Timestamp,
    /// Everything that had happened before the run began was read.
    pub finished: bool,
}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What it has done.
    pub report: &'a Report,
    /// The beginning of what is being read.
    pub from: Timestamp,
    /// How much time that is, in seconds.
    pub seconds: u64,
    /// How much of it was read, the newest first.
    pub read_seconds: u64,
}

/// Reads, delivers, retries. `progress` is told after every page.
///
/// # Errors
/// When Stripe's list or the table cannot be read. What was delivered stays delivered.
pub async fn run(
    context: &Context,
    run: Run,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Report, ReconcileError> {
    let began = context.store.now();
    let known = context.store.checkpoint().await?;
    let mut version = known.as_ref().map(|known| known.version);
    let oldest = earlier(began, KEPT);
    let mut checkpoint = known.map_or(Checkpoint { done_until: oldest, window: None }, |known| known.value);
    if let Some(since) = run.since {
        checkpoint = Checkpoint { done_until: since, window: None };
    }
    let mut report =
        Report { read: 0, applied: 0, failed: 0, mended: 0, done_until: checkpoint.done_until, finished: false };
    while !report.finished && has_time(run.until) {
        let from = earlier(checkpoint.done_until, OVERLAP).max(oldest);
        let window = checkpoint.window.get_or_insert(EventWindow { from, until: began, after: None });
        let EventPage { events, next } = page(context, window).await?;
        let (from, until) = (window.from, window.until);
        let oldest_read = if next.is_some() { events.last().map(|event| event.created) } else { None };
        if !deliver_page(context, events, run.until, &mut report).await? {
            break;
        }
        match next {
            Some(oldest) => window.after = Some(oldest),
            None => checkpoint = Checkpoint { done_until: window.until, window: None },
        }
        report.done_until = checkpoint.done_until;
        report.finished = checkpoint.window.is_none() && checkpoint.done_until >= began;
        // A run from another beginning says nothing about where the last one stopped.
        if run.since.is_none() {
            version = context.store.save_checkpoint(&checkpoint, version).await?;
            if version.is_none() {
                // Another run is reading the same.
                break;
            }
        }
        let oldest_read = oldest_read.unwrap_or(from.as_second());
        let seconds_until = |from: i64| u64::try_from(until.as_second().saturating_sub(from)).unwrap_or(0);
        let (seconds, read_seconds) = (seconds_until(from.as_second()), seconds_until(oldest_read));
        progress(Progress { report: &report, from, seconds, read_seconds });
    }
    retry_failures(context, run.until, &mut report).await?;
    Ok(report)
}

fn has_time(until: Option<Instant>) -> bool {
    until.is_none_or(|until| Instant::now() < until)
}

fn earlier(than: Timestamp, by: SignedDuration) -> Timestamp {
    than.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// The next page of a window. Stripe may have dropped the event that was read last: then the window begins anew.
async fn page(context: &Context, window: &mut EventWindow) -> Result<EventPage, StripeError> {
    let EventWindow { from, until, after } = window.clone();
    let read = stripe::events(&context.stripe, EventsBetween { from, until, after: after.as_ref() }).await;
    match read {
        Err(error) if error.is_missing_in("starting_after") => {
            window.after = None;
            stripe::events(&context.stripe, EventsBetween { from, until, after: None }).await
        }
        read => read,
    }
}

/// Delivers what was not processed, the oldest first; `false` when the time is up.
async fn deliver_page(
    context: &Context,
    page: Vec<Envelope>,
    until: Option<Instant>,
    report: &mut Report,
) -> Result<bool, ReconcileError> {
    report.read = report.read.saturating_add(page.len() as u64);
    let mut handled: Vec<Envelope> =
        page.into_iter().filter(|envelope| events::meaning(&envelope.kind).is_some()).collect();
    let ids: Vec<_> = handled.iter().map(|envelope| envelope.event.clone()).collect();
    let processed = context.store.processed(&ids).await?;
    handled.retain(|envelope| !processed.contains(&envelope.event));
    handled.reverse();
    let mut deliveries = stream::iter(handled)
        .map(|envelope| async { if has_time(until) { Some(deliver_unheard(context, envelope).await) } else { None } })
        .buffer_unordered(AT_ONCE);
    let mut in_time = true;
    while let Some(delivered) = deliveries.next().await {
        match delivered {
            Some(Ok(Delivered::Applied)) => report.applied = report.applied.saturating_add(1),
            Some(Ok(_)) => {}
            Some(Err(_)) => report.failed = report.failed.saturating_add(1),
            None => in_time = false,
        }
    }
    Ok(in_time)
}

async fn deliver_unheard(context: &Context, envelope: Envelope) -> Result<Delivered, FulfilError> {
    let (event, kind) = (envelope.event.clone(), envelope.kind.clone());
    let delivered = deliver(context, envelope, Trust::HintOnly, context.store.now()).await;
    match &delivered {
        Ok(delivered) => {
            tracing::info!(%event, kind, outcome = delivered.as_str(), "an event that had not been processed");
        }
        Err(error) => tracing::error!(%event, kind, code = error.code(), %error, "an event cannot be applied"),
    }
    delivered
}

/// Tries again what failed long enough ago.
async fn retry_failures(context: &Context, until: Option<Instant>, report: &mut Report) -> Result<(), ReconcileError> {
    for shard in 0..WEBHOOK_ERROR_SHARDS {
        let mut last = None;
        while has_time(until) {
            let failures = context.store.failures_after(shard, last.as_ref()).await?;
            let Some(newest) = failures.last() else { break };
            last = Some(newest.event.clone());
            let now = context.store.now();
            for failure in failures.iter().filter(|failure| failure.due_at() <= now) {
                if has_time(until) && retry(context, failure).await {
                    report.mended = report.mended.saturating_add(1);
                }
            }
        }
    }
    Ok(())
}

/// Whether it is mended now.
async fn retry(context: &Context, failure: &FailedEvent) -> bool {
    let Ok(envelope) = Envelope::parse(failure.payload.as_bytes()) else {
        tracing::error!(event = %failure.event, "an entry of the error queue cannot be read");
        return false;
    };
    match deliver_unheard(context, envelope).await {
        Ok(Delivered::Unassigned) | Err(_) => false,
        Ok(Delivered::Duplicate) => context.store.close_failure(&failure.event).await.is_ok(),
        Ok(_) => true,
    }
}
