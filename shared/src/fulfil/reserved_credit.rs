//! Releases reserved credit whose checkout was over long ago, and whose events have not said so: they were lost, or the request that
//! reserved it crashed.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::apply::apply;
use super::context::Context;
use super::end_payment_intent::end_payment_intent;
use super::error::FulfilError;
use super::stripe_update::StripeUpdate;
use crate::domain::{CreditUseState, PaymentIntentId, SessionId};
use crate::store::{Commit, ReservedCredit, StoreError, TableChange};
use crate::stripe;

/// When credit is looked at again whose payment is on its way: a bank debit takes days.
const PENDING_RETRY: SignedDuration = SignedDuration::from_hours(24);

/// Looks at reserved credit that should not be reserved any more, until the deadline. One that fails is tried again by the next run.
///
/// # Errors
/// When the list cannot be read.
pub(super) async fn settle_overdue_credit(context: &Context, deadline: Option<Instant>) -> Result<(), StoreError> {
    let now = context.store.now();
    for reserved in context.store.overdue_reserved_credit(now).await? {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        if let Err(error) = settle(context, &reserved, now).await {
            let (credit_use, code) = (&reserved.credit_use.value.id, error.code());
            tracing::error!(%credit_use, code, %error, "it is not known what became of reserved credit");
        }
    }
    Ok(())
}

async fn settle(context: &Context, reserved: &ReservedCredit, now: Timestamp) -> Result<(), FulfilError> {
    let id = &reserved.credit_use.value.id;
    // The index is behind the table.
    let Some(read) = context.store.credit_use(&reserved.user, id).await? else { return Ok(()) };
    if read.value.state != CreditUseState::Reserved {
        return Ok(());
    }
    let is_known = match &read.value.checkout {
        Some(checkout) => apply_checkout(context, checkout, now).await?,
        // Its page was never shown, so nobody can pay it.
        None => false,
    };
    if is_known {
        let left = context.store.credit_use(&reserved.user, id).await?;
        if left.is_some_and(|left| left.value.state == CreditUseState::Reserved) {
            let again = now.checked_add(PENDING_RETRY).unwrap_or(Timestamp::MAX);
            context.store.postpone_reserved_credit(reserved, again).await?;
        }
    } else if let Some(released) = read.value.released() {
        let (user, credit_use) = (reserved.user.clone(), Box::new(released));
        let changes = vec![TableChange::CreditUse { user, read: Box::new(read), credit_use }];
        // If it has changed meanwhile, it is not overdue any more, or the next run finds it.
        context.store.commit(&Commit { event: None, at: now, changes }).await?;
    }
    Ok(())
}

/// Applies what Stripe says of the session or payment intent; `false` when Stripe does not know it.
async fn apply_checkout(context: &Context, checkout: &str, now: Timestamp) -> Result<bool, FulfilError> {
    if checkout.starts_with("pi_") {
        let id = PaymentIntentId::parse(checkout).map_err(stripe::ProjectionError::from)?;
        return Ok(end_payment_intent(context, &id, now).await?.is_some());
    }
    let id = SessionId::parse(checkout).map_err(stripe::ProjectionError::from)?;
    match stripe::retrieve_session(&context.stripe, &id).await {
        Ok(session) => {
            if let Some(update) = StripeUpdate::from_session(session) {
                apply(context, &update, now).await?;
            }
            Ok(true)
        }
        Err(error) if error.is_missing() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
