//! Recovers events that the webhook did not receive. Stripe lists its events for 30 days. This reads that list,
//! applies what was not processed, and retries the error queue. It also cancels payment intents whose time is over, and carries out
//! refunds that were approved and not made.
//!
//! A run may stop anywhere and at any time. The table has a checkpoint and the processed events, so the next run goes on where
//! this one stopped, and two at once do no harm.
//! See <https://docs.stripe.com/webhooks/process-undelivered-events>.

use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::Instant;

use super::carry_out_refund::carry_out_approved_refunds;
use super::context::Context;
use super::delivery::{DeliveryError, DeliveryOutcome, PayloadUse, deliver};
use super::error::FulfilError;
use super::error_queue;
use super::events::handled_events::update_kind;
use super::expired_payment_intents::end_expired_payment_intents;
use super::reserved_credit::settle_overdue_credit;
use crate::domain::EventId;
use crate::store::keys::FAILED_EVENT_LIST_COUNT;
use crate::store::{Checkpoint, EventFailure, EventWindow, FailedEvent, Installation, StoreError};
use crate::stripe::{self, EventPage, EventRange, StripeError, StripeEvent, StripeEventError};

/// How long Stripe keeps events.
const STRIPE_EVENT_RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);
/// An event may show up in the list after younger ones.
const WINDOW_OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// Deliveries at the same time. Stripe takes 25 calls a second in test mode.
const MAX_CONCURRENT_DELIVERIES: usize = 4;

/// Why a run stopped early. The next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// The operator's tool is configured for another installation than the functions.
    #[error(
        "the functions run as APP_ID={}, STRIPE_TEST_MODE={}, DISPUTE_CANCELS_SUBSCRIPTION={}; set the same here, and the key \
         of the same account",
        .0.app, .0.test_mode, .0.cancel_on_lost_dispute
    )]
    Misconfigured(Box<Installation>),
    /// An event failed, and the failure could not be recorded.
    #[error(transparent)]
    Fulfil(#[from] FulfilError),
}

/// What a run is for.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Where to begin; `None` goes on from the checkpoint, the first time 30 days ago.
    pub since: Option<Timestamp>,
    /// When to stop, finished or not.
    pub deadline: Option<Instant>,
    /// Who asks for it.
    pub trigger: RunTrigger,
}

/// Who asks for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunTrigger {
    /// The deployed function, whose configuration is the installation's.
    Schedule,
    /// An operator, whose tool has to be configured in the same way.
    Operator,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReconcileReport {
    /// Events that were read.
    pub read: u64,
    /// Those that the webhook had not received, and are applied now.
    pub applied: u64,
    /// Those that could not be applied. They are in the error queue.
    pub failed: u64,
    /// Entries of the error queue that are applied now.
    pub recovered: u64,
    /// Payment intents that were not paid in time, and are canceled now.
    pub canceled: u64,
    /// Refunds that were approved before, and are made now.
    pub refunded: u64,
    /// Everything up to here was applied, or is in the error queue.
    pub done_until: Timestamp,
    /// Everything that had happened before the run began was read.
    pub finished: bool,
}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What it has done.
    pub report: &'a ReconcileReport,
    /// The beginning of what is being read.
    pub from: Timestamp,
    /// How much time that is, in seconds.
    pub seconds: u64,
    /// How much of it was read, the newest first.
    pub read_seconds: u64,
}

/// Retries what failed and cancels what was not paid in time, then reads and delivers. `progress` is called after every page.
///
/// # Errors
/// When Stripe's list or the table cannot be read. What was delivered stays delivered.
pub async fn run(
    context: &Context,
    run: RunOptions,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<ReconcileReport, ReconcileError> {
    let began = context.store.now();
    let mut run_state = ReconcileRun::start(context, run, began).await?;
    // Half of the time at most: neither may starve the other.
    let half = run.deadline.map(|until| {
        let left = until.saturating_duration_since(Instant::now());
        Instant::now().checked_add(left.checked_div(2).unwrap_or_default()).unwrap_or(until)
    });
    retry_failures(context, half, &mut run_state.report).await?;
    run_state.report.canceled = end_expired_payment_intents(context, half).await?;
    // These are large, and would be a part of this future on the stack.
    Box::pin(settle_overdue_credit(context, half)).await?;
    run_state.report.refunded = Box::pin(carry_out_approved_refunds(context, half)).await?;
    while !run_state.report.finished && is_before_deadline(run.deadline) {
        let Some((window, oldest_read)) = run_state.deliver_next_page(context, run).await? else { break };
        let seconds_until = |from: i64| u64::try_from(window.until.as_second().saturating_sub(from)).unwrap_or(0);
        let (from, report) = (window.from, &run_state.report);
        let (seconds, read_seconds) = (seconds_until(from.as_second()), seconds_until(oldest_read));
        progress(Progress { report, from, seconds, read_seconds });
    }
    Ok(run_state.report)
}

/// Stripe's list, as far as it was read.
struct ReconcileRun {
    checkpoint: Checkpoint,
    version: Option<u64>,
    began: Timestamp,
    report: ReconcileReport,
}

impl ReconcileRun {
    async fn start(context: &Context, run: RunOptions, began: Timestamp) -> Result<Self, ReconcileError> {
        let known = context.store.checkpoint().await?;
        let version = known.as_ref().map(|known| known.version);
        let Context { app, test_mode, cancel_on_lost_dispute, .. } = context.clone();
        let installation = Installation { app, test_mode, cancel_on_lost_dispute };
        let deployed = known.as_ref().map(|known| &known.value.installation);
        if let Some(deployed) =
            deployed.filter(|deployed| run.trigger == RunTrigger::Operator && **deployed != installation)
        {
            return Err(ReconcileError::Misconfigured(Box::new(deployed.clone())));
        }
        let new = |done_until| Checkpoint { done_until, window: None, installation: installation.clone() };
        let checkpoint = match (run.since, known) {
            (Some(since), _) => new(since),
            (None, Some(known)) => Checkpoint { installation: installation.clone(), ..known.value },
            (None, None) => new(subtract_saturating(began, STRIPE_EVENT_RETENTION)),
        };
        let done_until = checkpoint.done_until;
        let report = ReconcileReport {
            read: 0,
            applied: 0,
            failed: 0,
            recovered: 0,
            canceled: 0,
            refunded: 0,
            done_until,
            finished: false,
        };
        Ok(Self { checkpoint, version, began, report })
    }

    /// Delivers the next page, and saves the checkpoint. Returns the window that the page is of, and the second of its oldest event;
    /// `None` when the time was up before.
    async fn deliver_next_page(
        &mut self,
        context: &Context,
        run: RunOptions,
    ) -> Result<Option<(EventWindow, i64)>, ReconcileError> {
        let from = subtract_saturating(self.checkpoint.done_until, WINDOW_OVERLAP)
            .max(subtract_saturating(self.began, STRIPE_EVENT_RETENTION));
        let began = self.began;
        let window = self.checkpoint.window.get_or_insert(EventWindow { from, until: began, last_read_event: None });
        let EventPage { events, unreadable, next } = fetch_event_page(context, window).await?;
        let read = window.clone();
        let oldest_read = events.last().filter(|_| next.is_some()).map_or(read.from.as_second(), |event| event.created);
        queue_unreadable_events(context, &unreadable, &mut self.report).await?;
        if !deliver_page(context, events, run.deadline, &mut self.report).await? {
            return Ok(None);
        }
        match next {
            Some(oldest) => window.last_read_event = Some(oldest),
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

fn is_before_deadline(deadline: Option<Instant>) -> bool {
    deadline.is_none_or(|until| Instant::now() < until)
}

fn subtract_saturating(than: Timestamp, by: SignedDuration) -> Timestamp {
    than.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// Puts events that cannot be read into the error queue, for an operator or for a version that can read them.
async fn queue_unreadable_events(
    context: &Context,
    unreadable: &[(EventId, StripeEventError)],
    report: &mut ReconcileReport,
) -> Result<(), ReconcileError> {
    for (event, error) in unreadable {
        let (kind, code, at) = ("unknown", "unreadable", context.store.now());
        let failure = EventFailure { event, kind, code, error: &error.to_string(), payload: "", at };
        error_queue::add_failed_event(&context.store, &failure).await?;
        report.failed = report.failed.saturating_add(1);
    }
    Ok(())
}

/// The next page of a window. Stripe may have dropped the event that was read last: then the window begins anew.
async fn fetch_event_page(context: &Context, window: &mut EventWindow) -> Result<EventPage, StripeError> {
    let EventWindow { from, until, last_read_event } = window.clone();
    let read =
        stripe::list_events(&context.stripe, EventRange { from, until, starting_after: last_read_event.as_ref() })
            .await;
    match read {
        Err(error) if error.is_resource_missing("starting_after") => {
            window.last_read_event = None;
            stripe::list_events(&context.stripe, EventRange { from, until, starting_after: None }).await
        }
        read => read,
    }
}

/// Delivers what was not processed, the oldest first; `false` when the time is up.
async fn deliver_page(
    context: &Context,
    page: Vec<StripeEvent>,
    deadline: Option<Instant>,
    report: &mut ReconcileReport,
) -> Result<bool, ReconcileError> {
    report.read = report.read.saturating_add(page.len() as u64);
    let mut handled: Vec<StripeEvent> =
        page.into_iter().filter(|stripe_event| update_kind(&stripe_event.event_type).is_some()).collect();
    let ids: Vec<_> = handled.iter().map(|stripe_event| stripe_event.id.clone()).collect();
    let processed = context.store.processed_events(&ids).await?;
    handled.retain(|stripe_event| !processed.contains(&stripe_event.id));
    handled.reverse();
    let mut deliveries = stream::iter(handled)
        .map(|stripe_event| async {
            if is_before_deadline(deadline) { Some(deliver_missed_event(context, stripe_event).await) } else { None }
        })
        .buffer_unordered(MAX_CONCURRENT_DELIVERIES);
    let mut in_time = true;
    while let Some(delivered) = deliveries.next().await {
        match delivered {
            Some(Ok(DeliveryOutcome::Applied)) => report.applied = report.applied.saturating_add(1),
            Some(Ok(_)) => {}
            Some(Err(DeliveryError { is_in_error_queue: true, .. })) => report.failed = report.failed.saturating_add(1),
            // Nobody would deliver it again: the page has to be read once more.
            Some(Err(DeliveryError { error, .. })) => return Err(error.into()),
            None => in_time = false,
        }
    }
    Ok(in_time)
}

async fn deliver_missed_event(context: &Context, stripe_event: StripeEvent) -> Result<DeliveryOutcome, DeliveryError> {
    let (event, kind) = (stripe_event.id.clone(), stripe_event.event_type.clone());
    let delivered = deliver(context, stripe_event, PayloadUse::Never, context.store.now()).await;
    match &delivered {
        Ok(delivered) => {
            tracing::info!(%event, kind, outcome = delivered.as_str(), "an event that had not been processed");
        }
        Err(DeliveryError { error, .. }) => {
            tracing::error!(%event, kind, code = error.code(), %error, "an event cannot be applied");
        }
    }
    delivered
}

/// Tries again what failed long enough ago.
async fn retry_failures(
    context: &Context,
    deadline: Option<Instant>,
    report: &mut ReconcileReport,
) -> Result<(), ReconcileError> {
    for list in 0..FAILED_EVENT_LIST_COUNT {
        let mut last = None;
        while is_before_deadline(deadline) {
            let failures = context.store.failed_events_page(list, last.as_ref()).await?;
            let Some(newest) = failures.last() else { break };
            last = Some(newest.clone());
            let now = context.store.now();
            for failure in failures.iter().filter(|failure| failure.retry_at() <= now) {
                if is_before_deadline(deadline) && retry(context, failure).await {
                    report.recovered = report.recovered.saturating_add(1);
                }
            }
        }
    }
    Ok(())
}

/// Whether the event is applied now.
async fn retry(context: &Context, failure: &FailedEvent) -> bool {
    let Ok(stripe_event) = StripeEvent::parse(failure.payload.as_bytes()) else {
        tracing::error!(event = %failure.event, "an entry of the error queue cannot be read");
        return false;
    };
    match deliver_missed_event(context, stripe_event).await {
        Ok(DeliveryOutcome::Unassigned) | Err(_) => false,
        // Nothing is left to do, and the commit that did it closed no entry.
        Ok(DeliveryOutcome::Duplicate) => {
            let closed = context.store.close_failed_event(&failure.event).await.is_ok();
            error_queue::report_empty_error_queue(&context.store, Some(&failure.event)).await;
            closed
        }
        Ok(_) => true,
    }
}
