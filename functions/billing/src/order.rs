//! A change that can be made: a wish, checked against the catalog, the facts and Stripe's own item.

use shared::domain::{Catalog, Interval, PriceId, ProductId, Subscription, SubscriptionId, TrialAfterChange};
use shared::http::{Caller, Problem};
use shared::stripe::{self, SoldItem, StripeError};
use shared::{Failure, fulfil};

use crate::State;
use crate::act::look;
use crate::known::Known;
use crate::offer::{Target, Wish, check_in_order};

/// How a wish was judged.
#[derive(Debug)]
pub(crate) enum Judged {
    /// It can be made.
    Change(Known, Order),
    /// It had been made already: by an earlier try, or in the Dashboard.
    Made(Known),
}

/// The change.
#[derive(Debug)]
pub(crate) struct Order {
    /// What is charged now.
    pub(crate) item: SoldItem,
    /// What is to be charged.
    pub(crate) price: PriceId,
    /// What that is a price of.
    pub(crate) product: ProductId,
    /// What becomes of the trial.
    pub(crate) trial: TrialAfterChange,
    /// When it takes effect.
    pub(crate) effect: Effect,
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// At once, charged at once.
    Now,
    /// With the end of the period, at this price's interval, without credit.
    AtPeriodEnd(Interval),
    /// Nothing is to change any more: a scheduled change is taken back.
    TakesBack,
}

/// Judges a wish. When Stripe's item is another one than the facts say, they are read again.
pub(crate) async fn judge(state: &State, caller: &Caller, wish: &Wish) -> Result<Judged, Failure> {
    let store = &state.fulfil.store;
    let catalog = store.catalog().await?;
    let known = Known::load(store, &caller.user).await?;
    let current = known.changeable(wish.subscription_id.as_deref())?.subscription;
    if let Some(order) = order(state, &catalog, wish, current).await? {
        return match order.effect {
            _ if order.is_change(current) => Ok(Judged::Change(known, order)),
            // It is settled for later already.
            Effect::AtPeriodEnd(_) => Ok(Judged::Made(known)),
            Effect::Now | Effect::TakesBack => Err(same_plan().into()),
        };
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
    let price = target.price_in(item.currency, wish)?;
    let trial = current.trial_after_change(target.trial_days(), state.fulfil.store.now());
    let is_same = current.price.as_ref() == Some(&price.id);
    let effect = match price.interval {
        _ if is_same && current.scheduled_change.is_some() => Effect::TakesBack,
        Some(interval) if !target.is_at_once(price, catalog, current) => Effect::AtPeriodEnd(interval),
        _ => Effect::Now,
    };
    Ok(Some(Order { item, price: price.id.clone(), product: target.product().id.clone(), trial, effect }))
}

impl Order {
    /// What Stripe answered, unless it refused the price: then the catalog learns what is offered.
    pub(crate) async fn unless_price_refused<T>(
        &self,
        state: &State,
        caller: &Caller,
        subscription: &SubscriptionId,
        answer: Result<T, StripeError>,
    ) -> Result<Result<T, StripeError>, Failure> {
        match answer {
            Err(error) if error.is_price_refused() => {
                fulfil::refresh_offer(&state.fulfil, &self.product).await;
                // What was scheduled before may have been released for this.
                look(state, caller, subscription).await?;
                Err(Problem::unknown_price().because(error).into())
            }
            answer => Ok(answer),
        }
    }

    fn is_change(&self, current: &Subscription) -> bool {
        let scheduled = current.scheduled_change.as_ref().map(|change| &change.price);
        match self.effect {
            Effect::TakesBack => true,
            Effect::AtPeriodEnd(_) => scheduled != Some(&self.price),
            Effect::Now => current.price.as_ref() != Some(&self.price),
        }
    }

    /// Something is charged when it takes effect at once.
    fn charges_now(&self, current: &Subscription) -> bool {
        self.effect == Effect::Now && (!current.on_trial() || self.trial == TrialAfterChange::EndsNow)
    }

    /// What stands against it beside the offer: Stripe holds a change back until it is paid for cards only, and what ends
    /// with its period has nothing after it.
    pub(crate) fn check(&self, current: &Subscription) -> Result<(), Problem> {
        if self.charges_now(current) && !self.item.pays_by_card {
            let detail = "The subscription is not charged to a card, and only a card can be charged at once.";
            return Err(Problem::conflict("card_required", detail));
        }
        // The flag moves along with a new period; a day does not.
        let ends_on_a_day = !current.cancel_at_period_end && current.cancel_at.is_some();
        let ends_first = match self.effect {
            Effect::AtPeriodEnd(_) => current.ends_with_period(),
            Effect::Now => ends_on_a_day && self.charges_now(current),
            Effect::TakesBack => false,
        };
        if ends_first {
            let detail = "The subscription ends before the change would take effect or be used up; resume it first.";
            return Err(Problem::conflict("subscription_ending", detail));
        }
        Ok(())
    }
}

pub(crate) fn same_plan() -> Problem {
    Problem::conflict("same_plan", "The subscription has this price already.")
}
