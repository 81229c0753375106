//! What we know of a learner, and which of several subscriptions is meant.

use axum::http::StatusCode;
use jiff::Timestamp;
use shared::domain::{Fact, Subscription, SubscriptionAccessStatus, SubscriptionPolicy, UserId};
use shared::http::Problem;
use shared::store::{Store, StoreError, Versioned};

use crate::problems::subscription_ended;

/// A learner's facts, with their versions.
#[derive(Debug)]
pub(crate) struct LearnerFacts(Vec<Versioned<Fact>>);

/// A subscription, and the version of its fact. The version is part of idempotency keys: every fetch of the subscription
/// raises it, so the same request at another time is another request to Stripe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetSubscription<'a> {
    pub(crate) subscription: &'a Subscription,
    pub(crate) version: u64,
}

impl LearnerFacts {
    pub(crate) async fn load(store: &Store, user: &UserId) -> Result<Self, StoreError> {
        store.versioned_facts(user).await.map(Self)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.iter().map(|fact| &fact.value)
    }

    fn subscriptions(&self) -> impl Iterator<Item = TargetSubscription<'_>> {
        self.0.iter().filter_map(|fact| {
            let (subscription, version) = (fact.value.subscription()?, fact.version);
            Some(TargetSubscription { subscription, version })
        })
    }

    /// The subscription with this id. One of another learner is answered as one that does not exist.
    pub(crate) fn by_id(&self, id: &str) -> Result<TargetSubscription<'_>, Problem> {
        let found = self.subscriptions().find(|target| target.subscription.id.as_str() == id);
        found.ok_or_else(|| Problem::not_found("There is no such subscription.").with_field("subscription_id"))
    }

    /// The subscription to show: one that gives access, else one that is not canceled, else the one that ended last.
    /// Of several, the newest.
    pub(crate) fn subscription_to_show(&self, now: Timestamp, policy: &SubscriptionPolicy) -> Option<&Subscription> {
        let rank = |subscription: &Subscription| {
            let opens = matches!(subscription.access_status(now, policy), SubscriptionAccessStatus::Open { .. });
            let ended = if subscription.is_live() { None } else { subscription.ended_at };
            (opens, subscription.is_live(), ended, subscription.since, subscription.id.clone())
        };
        self.subscriptions().map(|target| target.subscription).max_by_key(|subscription| rank(subscription))
    }

    /// The subscription to change: the named one, or the only live one.
    pub(crate) fn subscription_to_change(&self, named: Option<&str>) -> Result<TargetSubscription<'_>, Problem> {
        if let Some(id) = named {
            return self
                .by_id(id)
                .and_then(|target| if target.subscription.ended() { Err(subscription_ended()) } else { Ok(target) });
        }
        let mut live = self.subscriptions().filter(|target| target.subscription.is_live());
        match (live.next(), live.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => {
                let detail = "The learner has several subscriptions; name the one that is meant.";
                Err(Problem::bad_request("subscription_required", detail).with_field("subscription_id"))
            }
            (None, _) if self.subscriptions().next().is_some() => Err(subscription_ended()),
            (None, _) => {
                let detail = "The learner has no subscription.";
                Err(Problem::new(StatusCode::NOT_FOUND, "no_subscription", detail))
            }
        }
    }
}
