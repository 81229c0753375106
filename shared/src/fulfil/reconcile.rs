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

use super::{Context, Delivered, FulfilError, NotDelivered, Trust, deliver, error_queue, events};
use crate::domain::EventId;
use crate::store::keys::FAILED_EVENT_LISTS;
use crate::store::{Checkpoint, EventWindow, FailedEvent, Failure, Installation, StoreError};
use crate::stripe::{self, Envelope, EnvelopeError, EventPage, EventsBetween, StripeError};

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
    /// The operator's tool would read the events as somebody else.
    #[error(
        "the functions run as APP_ID={}, STRIPE_TEST_MODE={}, DISPUTE_CANCELS_SUBSCRIPTION={}; set the same here, and the key \
         of the same account",
        .0.app, .0.test_mode, .0.dispute_cancels
    )]
    Misconfigured(Box<Installation>),
    /// An event failed, and that could not be written down.
    #[error(transparent)]
    Fulfil(#[from] FulfilError),
}

/// What a run is for.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Where to begin; `None` goes on from the checkpoint, the first time 30 days ago.
    pub since: Option<Timestamp>,
    /// When to stop, finished or not.
    pub until: Option<Instant>,
    /// Who asks for it.
    pub by: By,
}

/// Who asks for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The deployed function, whose configuration is the installation's.
    Schedule,
    /// An operator, whose tool has to be configured in the same way.
    Operator,
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

/// Retries what failed, then reads and delivers. `progress` is told after every page.
///
/// # Errors
/// When Stripe's list or the table cannot be read. What was delivered stays delivered.
pub async fn run(
    context: &Context,
    run: Run,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Report, ReconcileError> {
    let began = context.store.now();
    let mut reading = Reading::begin(context, run, began).await?;
    // Half of the time at most: neither may starve the other.
    let half = run.until.map(|until| {
        let left = until.saturating_duration_since(Instant::now());
        Instant::now().checked_add(left.checked_div(2).unwrap_or_default()).unwrap_or(until)
    });
    retry_failures(context, half, &mut reading.report).await?;
    while !reading.report.finished && has_time(run.until) {
        let Some((window, oldest_read)) = reading.page(context, run).await? else { break };
        let seconds_until = |from: i64| u64::try_from(window.until.as_second().saturating_sub(from)).unwrap_or(0);
        let (from, report) = (window.from, &reading.report);
        let (seconds, read_seconds) = (seconds_until(from.as_second()), seconds_until(oldest_read));
        progress(Progress { report, from, seconds, read_seconds });
    }
    Ok(reading.report)
}

/// Stripe's list, as far as it was read.
struct Reading {
    checkpoint: Checkpoint,
    version: Option<u64>,
    began: Timestamp,
    report: Report,
}

impl Reading {
    async fn begin(context: &Context, run: Run, began: Timestamp) -> Result<Self, ReconcileError> {
        let known = context.store.checkpoint().await?;
        let version = known.as_ref().map(|known| known.version);
        let Context { app, test_mode, dispute_cancels, .. } = context.clone();
        let installation = Installation { app, test_mode, dispute_cancels };
        let deployed = known.as_ref().map(|known| &known.value.installation);
        if let Some(deployed) = deployed.filter(|deployed| run.by == By::Operator && **deployed != installation) {
            return Err(ReconcileError::Misconfigured(Box::new(deployed.clone())));
        }
        let new = |done_until| Checkpoint { done_until, window: None, installation: installation.clone() };
        let checkpoint = match (run.since, known) {
            (Some(since), _) => new(since),
            (None, Some(known)) => Checkpoint { installation: installation.clone(), ..known.value },
            (None, None) => new(earlier(began, KEPT)),
        };
        let done_until = checkpoint.done_until;
        let report = Report { read: 0, applied: 0, failed: 0, mended: 0, done_until, finished: false };
        Ok(Self { checkpoint, version, began, report })
    }

    /// Delivers the next page, and remembers that it was: the window that it is of, and the second of its oldest event.
    /// `None` when the time was up before.
    async fn page(&mut self, context: &Context, run: Run) -> Result<Option<(EventWindow, i64)>, ReconcileError> {
        let from = earlier(self.checkpoint.done_until, OVERLAP).max(earlier(self.began, KEPT));
        let began = self.began;
        let window = self.checkpoint.window.get_or_insert(EventWindow { from, until: began, after: None });
        let EventPage { events, unreadable, next } = page(context, window).await?;
        let read = window.clone();
        let oldest_read = events.last().filter(|_| next.is_some()).map_or(read.from.as_second(), |event| event.created);
        keep_unreadable(context, &unreadable, &mut self.report).await?;
        if !deliver_page(context, events, run.until, &mut self.report).await? {
            return Ok(None);
        }
        match next {
            Some(oldest) => window.after = Some(oldest),
            None => (self.checkpoint.done_until, self.checkpoint.window) = (read.until, None),
        }
        // A run from another beginning says nothing about where the last one stopped.
        if run.since.is_none() {
            self.save(context).await?;
        }
        self.report.done_until = self.checkpoint.done_until;
        self.report.finished = self.checkpoint.window.is_none() && self.checkpoint.done_until >= self.began;
        Ok(Some((read, oldest_read)))
    }

    /// Another run may be reading the same, and be faster: then this one goes on from there.
    async fn save(&mut self, context: &Context) -> Result<(), ReconcileError> {
        self.version = context.store.save_checkpoint(&self.checkpoint, self.version).await?;
        if self.version.is_none()
            && let Some(theirs) = context.store.checkpoint().await?
        {
            (self.checkpoint, self.version) = (theirs.value, Some(theirs.version));
        }
        Ok(())
    }
}

fn has_time(until: Option<Instant>) -> bool {
    until.is_none_or(|until| Instant::now() < until)
}

fn earlier(than: Timestamp, by: SignedDuration) -> Timestamp {
    than.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// What cannot be read waits for an operator in the error queue, or for a version that can.
async fn keep_unreadable(
    context: &Context,
    unreadable: &[(EventId, EnvelopeError)],
    report: &mut Report,
) -> Result<(), ReconcileError> {
    for (event, error) in unreadable {
        let (kind, code, at) = ("unknown", "unreadable", context.store.now());
        let failure = Failure { event, kind, code, error: &error.to_string(), payload: "", at };
        error_queue::put(&context.store, &failure).await?;
        report.failed = report.failed.saturating_add(1);
    }
    Ok(())
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
            Some(Err(NotDelivered { is_kept: true, .. })) => report.failed = report.failed.saturating_add(1),
            // Nobody would deliver it again: the page has to be read once more.
            Some(Err(NotDelivered { error, .. })) => return Err(error.into()),
            None => in_time = false,
        }
    }
    Ok(in_time)
}

async fn deliver_unheard(context: &Context, envelope: Envelope) -> Result<Delivered, NotDelivered> {
    let (event, kind) = (envelope.event.clone(), envelope.kind.clone());
    let delivered = deliver(context, envelope, Trust::HintOnly, context.store.now()).await;
    match &delivered {
        Ok(delivered) => {
            tracing::info!(%event, kind, outcome = delivered.as_str(), "an event that had not been processed");
        }
        Err(NotDelivered { error, .. }) => {
            tracing::error!(%event, kind, code = error.code(), %error, "an event cannot be applied");
        }
    }
    delivered
}

/// Tries again what failed long enough ago.
async fn retry_failures(context: &Context, until: Option<Instant>, report: &mut Report) -> Result<(), ReconcileError> {
    for list in 0..FAILED_EVENT_LISTS {
        let mut last = None;
        while has_time(until) {
            let failures = context.store.failures_after(list, last.as_ref()).await?;
            let Some(newest) = failures.last() else { break };
            last = Some(newest.clone());
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
        // Nothing is left to do, and the commit that did it closed no entry.
        Ok(Delivered::Duplicate) => {
            let closed = context.store.close_failure(&failure.event).await.is_ok();
            error_queue::look(&context.store, Some(&failure.event)).await;
            closed
        }
        Ok(_) => true,
    }
}
