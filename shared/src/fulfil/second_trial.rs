//! A learner has one trial. Two pages that were opened side by side, for plans of different families, can begin two.

use super::context::Context;
use super::error::FulfilError;
use crate::domain::{Fact, Subscription, SubscriptionId};
use crate::store::Versioned;
use crate::stripe::{self, Sale, StripeError};

/// Ends every trial that is one too many among these subscriptions, at Stripe, uncharged. Returns whether `projected` was one
/// of them: then it has to be fetched again.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub(super) async fn end_second_trials(
    context: &Context,
    facts: &[Versioned<Fact>],
    projected: &Subscription,
) -> Result<bool, FulfilError> {
    let others = facts.iter().filter_map(|fact| fact.value.subscription()).filter(|other| other.id != projected.id);
    let all: Vec<&Subscription> = others.chain([projected]).collect();
    let mut ended_it = false;
    for one in &all {
        if !all.iter().any(|other| one.is_second_trial_after(other)) {
            continue;
        }
        match end_trial(context, &one.id).await {
            Ok(true) => {}
            Ok(false) => continue,
            // Its own events lead here again; those of the projected one must not wait for it.
            Err(error) if one.id != projected.id => {
                tracing::error!(subscription = %one.id, code = error.code(), "a second trial could not be ended");
            }
            Err(error) => return Err(error.into()),
        }
        tracing::warn!(subscription = %one.id, "a second trial was ended");
        ended_it |= one.id == projected.id;
    }
    Ok(ended_it)
}

/// Ends a trial, and returns whether it did: one that a change ends, and whose payment is on its way, stays.
async fn end_trial(context: &Context, trial: &SubscriptionId) -> Result<bool, StripeError> {
    let Context { stripe, app, .. } = context;
    let key = format!("{app}:second-trial:{trial}");
    // A trial owes nothing but a change that waits for its payment, and that could be paid after the end.
    for invoice in stripe::list_unpaid_invoices(stripe, trial).await? {
        if stripe::is_payment_processing(stripe, invoice.as_str()).await? {
            return Ok(false);
        }
        stripe::void_invoice(stripe, &invoice, &format!("{key}:void:{invoice}")).await?;
    }
    match stripe::cancel_second_trial(stripe, trial, &key).await {
        // It had ended already.
        Err(error) if error.is_missing() => Ok(true),
        answer => answer.map(|()| true),
    }
}

/// The same after a trial was written: another one may have been written at the same moment. The process that writes last sees
/// both. An error is only logged: the next fetch of the subscription tries again.
pub(super) async fn recheck_second_trials(context: &Context, sale: &Sale, started_trial: &Subscription) {
    let rechecked = async {
        let facts = context.store.versioned_facts(&sale.user).await?;
        end_second_trials(context, &facts, started_trial).await
    };
    if let Err(error) = rechecked.await {
        tracing::warn!(subscription = %started_trial.id, code = error.code(), "a second trial may go on for now");
    }
}
