//! A decision about a refund request, why it fails, and what all decisions read and write.

use jiff::Timestamp;

use super::context::Context;
use super::error::FulfilError;
use super::referral::hold_change;
use crate::domain::{RefundRequest, RefundRequestActor, RefundRequestId, RefundRequestStatus, UserId};
use crate::store::{Commit, CommitOutcome, Retries, RetriesOver, StoreError, SubscriptionLock, TableChange, Versioned};
use crate::stripe::StripeError;

/// A decision about a request.
#[derive(Debug, Clone)]
pub struct RefundDecision {
    /// Who decides.
    pub by: RefundRequestActor,
    /// How much goes back, in minor units; `None` is all that is left.
    pub amount: Option<i64>,
    /// What the learner is told.
    pub note: Option<String>,
}

/// Why a request is not decided.
#[derive(Debug, thiserror::Error)]
pub enum RefundDecisionError {
    /// There is no such request.
    #[error("there is no such refund request")]
    NotFound,
    /// It was decided otherwise, or withdrawn.
    #[error("the refund request is {}", .0.as_str())]
    Closed(RefundRequestStatus),
    /// Nothing was collected that could be refunded.
    #[error("nothing is left to refund")]
    NothingLeft,
    /// More than is left.
    #[error("the amount is more than the {left} that is left")]
    AmountTooLarge {
        /// What is left, in minor units.
        left: i64,
    },
    /// The bank holds the money.
    #[error("the payment is disputed")]
    Disputed,
    /// Somebody else is changing the learner's subscriptions or requests.
    #[error("somebody else is changing the learner's subscriptions or refund requests")]
    Busy,
    /// The table or Stripe failed.
    #[error(transparent)]
    Fulfil(#[from] FulfilError),
}

impl From<StripeError> for RefundDecisionError {
    fn from(error: StripeError) -> Self {
        Self::Fulfil(error.into())
    }
}

impl From<StoreError> for RefundDecisionError {
    fn from(error: StoreError) -> Self {
        Self::Fulfil(error.into())
    }
}

impl From<RetriesOver> for RefundDecisionError {
    fn from(RetriesOver: RetriesOver) -> Self {
        Self::Busy
    }
}

/// The request, and whose it is.
pub(super) async fn load(
    context: &Context,
    id: &RefundRequestId,
) -> Result<(UserId, Versioned<RefundRequest>), RefundDecisionError> {
    context.store.refund_request(id).await?.ok_or(RefundDecisionError::NotFound)
}

/// Writes a change of a request, with what it means for a referral; `false` when somebody else was faster.
pub(super) async fn write(context: &Context, change: TableChange, now: Timestamp) -> Result<bool, FulfilError> {
    let hold = match &change {
        TableChange::RefundRequest { user, request, .. } => {
            hold_change(context.store.referred(user).await?.as_ref(), request)
        }
        _ => None,
    };
    let changes = std::iter::once(change).chain(hold).collect();
    let outcome = context.store.commit(&Commit { event: None, at: now, changes }).await?;
    Ok(outcome != CommitOutcome::VersionConflict)
}

/// Does something while nobody else changes the learner's subscriptions or decides about their requests: others wait for a while.
pub(super) async fn with_lock<T>(
    context: &Context,
    user: &UserId,
    now: Timestamp,
    work: impl Future<Output = Result<T, RefundDecisionError>>,
) -> Result<T, RefundDecisionError> {
    let lock = lock(context, user, now).await?;
    let result = work.await;
    // A call without an answer may still be executed: the lock expires by itself.
    let has_no_answer =
        matches!(&result, Err(RefundDecisionError::Fulfil(FulfilError::Stripe(StripeError::NoResponse { .. }))));
    if !has_no_answer && let Err(error) = context.store.unlock_subscriptions(lock).await {
        tracing::warn!(%error, "the lock of the subscriptions was not released");
    }
    result
}

async fn lock(context: &Context, user: &UserId, now: Timestamp) -> Result<SubscriptionLock, RefundDecisionError> {
    let mut retries = Retries::new();
    loop {
        if let Some(lock) = context.store.try_lock_subscriptions(user, now).await? {
            return Ok(lock);
        }
        retries.wait().await?;
    }
}
