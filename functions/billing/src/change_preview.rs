//! What a change would charge at once, for the route that shows it and for the change that has to charge just that.

use jiff::Timestamp;
use shared::HandlerError;
use shared::domain::{Subscription, TrialAfterChange};
use shared::http::Caller;
use shared::stripe::{self, InvoicePreview, PriceChange};

use crate::planned_change::{ChangeTiming, PlannedChange};
use crate::state::State;

/// What the change would charge now; `None` is nothing: it is free in a trial, and comes later otherwise.
pub(crate) async fn preview_change(
    state: &State,
    caller: &Caller,
    subscription: &Subscription,
    change: &PlannedChange,
    prorated_at: Option<Timestamp>,
) -> Result<Option<InvoicePreview>, HandlerError> {
    // In a trial Stripe's preview would show the invoice after it.
    let is_free = subscription.on_trial() && change.trial != TrialAfterChange::EndsNow;
    if change.timing != ChangeTiming::Now || is_free {
        return Ok(None);
    }
    let (item, price, trial) = (&change.item.id, &change.price, change.trial);
    let price_change = PriceChange { subscription: &subscription.id, item, price, prorated_at, trial };
    let answer = stripe::preview_price_change(&state.fulfil.stripe, &price_change).await;
    Ok(Some(change.handle_price_refusal(state, caller, &subscription.id, answer).await??))
}
