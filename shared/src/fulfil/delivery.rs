//! Applies an event, from the webhook or from reconcile. An event that fails is put into the error queue.

use std::time::Duration;

use jiff::Timestamp;

use super::apply::apply;
use super::context::Context;
use super::error::FulfilError;
use super::error_queue;
use super::outcome::ApplyOutcome;
use super::stripe_update::StripeUpdate;
use crate::store::{ErrorQueueEntry, EventFailure, StoreError};
use crate::stripe::StripeEvent;

/// Leaves time to record the failure before Lambda, or Stripe's patience, ends.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(15);

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Done, now.
    Applied,
    /// Done before.
    Duplicate,
    /// Of a type that we do not handle.
    Ignored,
    /// About an object of another application, or of another account.
    NotOurs,
    /// A sale of one of our prices to nobody we know: an entry of the error queue waits for an operator.
    Unassigned,
}

impl DeliveryOutcome {
    /// A stable word for answers, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::NotOurs => "not_ours",
            Self::Unassigned => "unassigned",
        }
    }
}

/// An event was not applied.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct DeliveryError {
    /// Why.
    pub error: FulfilError,
    /// It is in the error queue. Otherwise nobody but Stripe knows of it.
    pub is_in_error_queue: bool,
}

impl From<StoreError> for DeliveryError {
    fn from(error: StoreError) -> Self {
        Self { error: error.into(), is_in_error_queue: false }
    }
}

/// Whether the payload of an event may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadUse {
    /// Its payload may be read at first sight, when it is fresh.
    WhenFresh,
    /// It is not read: Stripe is asked.
    Never,
}

/// Applies an event. One that fails is in the error queue, if the table answers.
///
/// # Errors
/// When it could not be applied: the same event can be delivered again.
pub async fn deliver(
    context: &Context,
    stripe_event: StripeEvent,
    payload_use: PayloadUse,
    now: Timestamp,
) -> Result<DeliveryOutcome, DeliveryError> {
    // It happened on a connected account, not on ours.
    if stripe_event.account.is_some() {
        return Ok(DeliveryOutcome::NotOurs);
    }
    let (event, kind, created, livemode) =
        (stripe_event.id.clone(), stripe_event.event_type.clone(), stripe_event.created, stripe_event.livemode);
    let Some(update) = StripeUpdate::from_event(stripe_event) else { return Ok(DeliveryOutcome::Ignored) };
    let update = if payload_use == PayloadUse::WhenFresh { update } else { update.without_payload() };
    let store = &context.store;
    // A failed event is kept without personal data: Stripe has the rest.
    let payload = || update.object.to_redacted_event_json(&event, &kind, created, livemode);
    let applied = tokio::time::timeout(DELIVERY_TIMEOUT, apply(context, &update, now)).await;
    match applied.unwrap_or(Err(FulfilError::TimedOut)) {
        Ok(ApplyOutcome::Applied) => Ok(DeliveryOutcome::Applied),
        Ok(ApplyOutcome::AppliedAfterFailure) => {
            error_queue::report_empty_error_queue(store, Some(&event)).await;
            Ok(DeliveryOutcome::Applied)
        }
        Ok(ApplyOutcome::Duplicate) => Ok(DeliveryOutcome::Duplicate),
        Ok(ApplyOutcome::NotOurs) => {
            // It may have failed before we could tell.
            if store.close_failed_event(&event).await? == ErrorQueueEntry::Closed {
                error_queue::report_empty_error_queue(store, Some(&event)).await;
            }
            Ok(DeliveryOutcome::NotOurs)
        }
        Ok(ApplyOutcome::Unassigned) => {
            let error = "a price of ours was sold without naming a learner; assign it by hand";
            let failure = EventFailure {
                event: &event,
                kind: &kind,
                code: "unassigned_sale",
                error,
                payload: &payload(),
                at: now,
            };
            error_queue::add_failed_event(store, &failure).await?;
            Ok(DeliveryOutcome::Unassigned)
        }
        Err(error) => {
            let (code, reason) = (error.code(), error.to_string());
            let failure =
                EventFailure { event: &event, kind: &kind, code, error: &reason, payload: &payload(), at: now };
            let kept = error_queue::add_failed_event(store, &failure).await;
            if let Err(error) = &kept {
                tracing::error!(%event, %error, "the failed event cannot be recorded");
            }
            Err(DeliveryError { error, is_in_error_queue: kept.is_ok() })
        }
    }
}
