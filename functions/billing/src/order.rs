//! A change that can be made: a wish, checked against the catalog, the facts and Stripe's own item.

use shared::Failure;
use shared::domain::{Catalog, PriceId, Subscription, TrialAfterChange};
use shared::http::{Caller, Problem};
use shared::stripe::{self, SoldItem};

use crate::State;
use crate::act::look;
use crate::known::Known;
use crate::offer::{Target, Wish, check_in_order};

/// How a wish was judged.
#[derive(Debug)]
pub(crate) enum Judged {
    /// It can be made.
    Change(Known, Order),
    /// It had been made already, and nobody had told us: by an earlier try whose answer was lost, or in the portal.
    Made(Known),
}

/// The change.
#[derive(Debug)]
pub(crate) struct Order {
    /// What is charged now.
    pub(crate) item: SoldItem,
    /// What is to be charged.
    pub(crate) price: PriceId,
    /// What becomes of the trial.
    pub(crate) trial: TrialAfterChange,
}

/// Judges a wish. When Stripe's item is another one than the facts say, they are read again.
pub(crate) async fn judge(state: &State, caller: &Caller, wish: &Wish) -> Result<Judged, Failure> {
    let store = &state.fulfil.store;
    let catalog = store.catalog().await?;
    let known = Known::load(store, &caller.user).await?;
    let current = known.changeable(wish.subscription_id.as_deref())?.subscription;
    if let Some(order) = order(state, &catalog, wish, current).await? {
        return if order.is_change(current) { Ok(Judged::Change(known, order)) } else { Err(same_plan().into()) };
    }
    let known = look(state, caller, &current.id).await?;
    let current = known.changeable(wish.subscription_id.as_deref())?.subscription;
    match order(state, &catalog, wish, current).await? {
        Some(order) if order.is_change(current) => Ok(Judged::Change(known, order)),
        Some(_) => Ok(Judged::Made(known)),
        // Somebody else is changing it right now.
        None => Err(Problem::unavailable("subscription_changed", "the item is another one at every look").into()),
    }
}

/// `None` when Stripe's subscription is not charged by the price that we know.
async fn order(
    state: &State,
    catalog: &Catalog,
    wish: &Wish,
    current: &Subscription,
) -> Result<Option<Order>, Failure> {
    let target = Target::read(wish, catalog, current)?;
    check_in_order(current)?;
    let Some(price) = &current.price else { return Ok(None) };
    let Some(item) = stripe::sold_item(&state.fulfil.stripe, &current.id, price).await? else { return Ok(None) };
    let price = target.price_in(item.currency, wish)?.id.clone();
    let trial = current.trial_after_change(target.trial_days(), state.fulfil.store.now());
    Ok(Some(Order { item, price, trial }))
}

impl Order {
    fn is_change(&self, current: &Subscription) -> bool {
        current.price.as_ref() != Some(&self.price)
    }
}

pub(crate) fn same_plan() -> Problem {
    Problem::conflict("same_plan", "The subscription has this price already.")
}
