//! An event on its way into the table, by whichever door it came: applied, or kept in the error queue.

use std::time::Duration;

use jiff::Timestamp;

use super::{Context, FulfilError, Heard, Outcome, apply, error_queue};
use crate::store::{Entry, Failure, StoreError};
use crate::stripe::Envelope;

/// Leaves time to record the failure before Lambda, or Stripe's patience, ends.
const DEADLINE: Duration = Duration::from_secs(15);

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
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

impl Delivered {
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
pub struct NotDelivered {
    /// Why.
    pub error: FulfilError,
    /// It is in the error queue. Otherwise nobody but Stripe knows of it.
    pub is_kept: bool,
}

impl From<StoreError> for NotDelivered {
    fn from(error: StoreError) -> Self {
        Self { error: error.into(), is_kept: false }
    }
}

/// How much of an event counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Its payload may be read at first sight, when it is fresh.
    Payload,
    /// It is a hint and nothing else: Stripe is asked.
    HintOnly,
}

/// Applies an event. One that fails is in the error queue, if the table answers.
///
/// # Errors
/// When it could not be applied: the same event can be delivered again.
pub async fn deliver(
    context: &Context,
    envelope: Envelope,
    trust: Trust,
    now: Timestamp,
) -> Result<Delivered, NotDelivered> {
    // Whatever it says, it is about somebody else's money.
    if envelope.account.is_some() {
        return Ok(Delivered::NotOurs);
    }
    let (event, kind, created, livemode) =
        (envelope.event.clone(), envelope.kind.clone(), envelope.created, envelope.livemode);
    let Some(heard) = Heard::from_event(envelope) else { return Ok(Delivered::Ignored) };
    let heard = if trust == Trust::Payload { heard } else { heard.hint() };
    let store = &context.store;
    // A failed event is kept without personal data: Stripe has the rest.
    let payload = || heard.object.event_json(&event, &kind, created, livemode);
    let applied = tokio::time::timeout(DEADLINE, apply(context, &heard, now)).await;
    match applied.unwrap_or(Err(FulfilError::Late)) {
        Ok(Outcome::Applied) => Ok(Delivered::Applied),
        Ok(Outcome::Mended) => {
            error_queue::look(store, Some(&event)).await;
            Ok(Delivered::Applied)
        }
        Ok(Outcome::Duplicate) => Ok(Delivered::Duplicate),
        Ok(Outcome::NotOurs) => {
            // It may have failed before we could tell.
            if store.close_failure(&event).await? == Entry::Closed {
                error_queue::look(store, Some(&event)).await;
            }
            Ok(Delivered::NotOurs)
        }
        Ok(Outcome::Unassigned) => {
            let error = "a price of ours was sold without naming a learner; assign it by hand";
            let failure =
                Failure { event: &event, kind: &kind, code: "unassigned_sale", error, payload: &payload(), at: now };
            error_queue::put(store, &failure).await?;
            Ok(Delivered::Unassigned)
        }
        Err(error) => {
            let (code, reason) = (error.code(), error.to_string());
            let failure = Failure { event: &event, kind: &kind, code, error: &reason, payload: &payload(), at: now };
            let kept = error_queue::put(store, &failure).await;
            if let Err(error) = &kept {
                tracing::error!(%event, %error, "the failed event cannot be recorded");
            }
            Err(NotDelivered { error, is_kept: kept.is_ok() })
        }
    }
}
