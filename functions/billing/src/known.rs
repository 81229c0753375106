//! What we know of a learner, and which of several subscriptions is meant.

use axum::http::StatusCode;
use jiff::Timestamp;
use shared::domain::{Fact, Policy, Subscription, SubscriptionStanding, UserId};
use shared::http::Problem;
use shared::store::{Store, StoreError, Versioned};

/// A learner's facts, with their versions.
#[derive(Debug)]
pub(crate) struct Known(Vec<Versioned<Fact>>);

/// A subscription, and the version of what we know about it. The version is part of idempotency keys: every look at the
/// subscription makes another one, so the same wish at another time is another request to Stripe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meant<'a> {
    pub(crate) subscription: &'a Subscription,
    pub(crate) version: u64,
}

impl Known {
    pub(crate) async fn load(store: &Store, user: &UserId) -> Result<Self, StoreError> {
        store.facts(user).await.map(Self)
    }

    pub(crate) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.0.iter().map(|fact| &fact.value)
    }

    fn subscriptions(&self) -> impl Iterator<Item = Meant<'_>> {
        self.0.iter().filter_map(|fact| {
            let (subscription, version) = (fact.value.subscription()?, fact.version);
            Some(Meant { subscription, version })
        })
    }

    /// The one of this id. Somebody else's does not exist, as far as the caller can tell.
    pub(crate) fn named(&self, id: &str) -> Result<Meant<'_>, Problem> {
        let found = self.subscriptions().find(|meant| meant.subscription.id.as_str() == id);
        found.ok_or_else(|| Problem::not_found("There is no such subscription.").at("subscription_id"))
    }

    /// The one to show: one that opens, or else one that lives, or else the last one; of several such, the newest.
    pub(crate) fn foremost(&self, now: Timestamp, policy: &Policy) -> Option<&Subscription> {
        let rank = |subscription: &Subscription| {
            let opens = matches!(subscription.standing(now, policy), SubscriptionStanding::Open { .. });
            let ended = if subscription.is_live() { None } else { subscription.ended_at };
            (opens, subscription.is_live(), ended, subscription.since, subscription.id.clone())
        };
        self.subscriptions().map(|meant| meant.subscription).max_by_key(|subscription| rank(subscription))
    }

    /// The one to change: the named one, or the only one that lives.
    pub(crate) fn changeable(&self, named: Option<&str>) -> Result<Meant<'_>, Problem> {
        if let Some(id) = named {
            return self.named(id).and_then(|meant| if meant.subscription.ended() { Err(ended()) } else { Ok(meant) });
        }
        let mut live = self.subscriptions().filter(|meant| meant.subscription.is_live());
        match (live.next(), live.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => {
                let detail = "The learner has several subscriptions; name the one that is meant.";
                Err(Problem::bad_request("subscription_required", detail).at("subscription_id"))
            }
            (None, _) if self.subscriptions().next().is_some() => Err(ended()),
            (None, _) => {
                let detail = "The learner has no subscription.";
                Err(Problem::new(StatusCode::NOT_FOUND, "no_subscription", detail))
            }
        }
    }
}

/// It is over for good; the checkout sells another one.
pub(crate) fn ended() -> Problem {
    Problem::conflict("subscription_ended", "The subscription has ended.")
}
