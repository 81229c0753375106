//! A subscription as Stripe tells it, and what it is worth at the door.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{DisputeId, DisputeStatus, Interval, PriceId, ProductId, SubscriptionId};

/// Stripe's subscription statuses. See <https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum SubscriptionStatus {
    /// The first payment has not been made; Stripe waits 23 hours for it.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// Not paid yet, on purpose.
    Trialing,
    /// Paid.
    Active,
    /// A renewal failed; Stripe tries again.
    PastDue,
    /// Over.
    Canceled,
    /// A renewal failed for good, and the subscription was kept.
    Unpaid,
    /// A trial ended without a payment method.
    Paused,
    /// A status that this version does not know.
    Unknown(String),
}

words!(SubscriptionStatus {
    "incomplete" => Incomplete,
    "incomplete_expired" => IncompleteExpired,
    "trialing" => Trialing,
    "active" => Active,
    "past_due" => PastDue,
    "canceled" => Canceled,
    "unpaid" => Unpaid,
    "paused" => Paused,
});

/// The fact of a subscription: the projection of Stripe's subscription, with the disputes of its invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Stripe's subscription.
    pub id: SubscriptionId,
    /// The plan; `None` since it was changed to something that we do not sell. Then it opens nothing.
    pub product: Option<ProductId>,
    /// The price of the item that is ours.
    pub price: Option<PriceId>,
    /// How often it is paid.
    pub interval: Option<Interval>,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// When the item's current period began.
    pub period_start: Timestamp,
    /// When the item's current period ends.
    pub period_end: Timestamp,
    /// It ends with the current period.
    pub cancel_at_period_end: bool,
    /// It ends then.
    pub cancel_at: Option<Timestamp>,
    /// It ended then.
    pub ended_at: Option<Timestamp>,
    /// When the trial ends, or ended; `None` when there was none. It stays: a learner has one trial.
    pub trial_end: Option<Timestamp>,
    /// No money is collected for now. Stripe keeps the status meanwhile.
    pub collection_paused: bool,
    /// A change waits for its payment, until then at the latest; the subscription goes on as it was meanwhile.
    /// See <https://docs.stripe.com/billing/subscriptions/pending-updates>.
    #[serde(default)]
    pub change_waits_until: Option<Timestamp>,
    /// Every dispute of its invoices, by its id.
    #[serde(default)]
    pub disputes: BTreeMap<DisputeId, DisputeStatus>,
    /// When Stripe created it.
    pub since: Timestamp,
}

/// How patient we are with subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long access outlives a period that is to be renewed, for a webhook that is late.
    pub leeway: SignedDuration,
    /// How long after the beginning of a period that could not be paid access stays. Zero closes at once.
    pub past_due_grace: SignedDuration,
}

impl Default for Policy {
    /// Three days for a late webhook, none for a failed payment.
    fn default() -> Self {
        Self { leeway: SignedDuration::from_hours(3 * 24), past_due_grace: SignedDuration::ZERO }
    }
}

/// What a subscription is worth at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionStanding {
    /// Open, until then unless it is renewed.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// A payment failed.
    PastDue,
    /// The first payment has not been made.
    Incomplete,
    /// A trial ended without a payment method.
    Paused,
    /// Over.
    Ended,
    /// The bank holds the money of one of its invoices.
    Disputed {
        /// Which dispute.
        dispute: DisputeId,
    },
    /// A status that this version does not know.
    Unknown,
}

impl Subscription {
    /// Where it stands at `now`.
    pub fn standing(&self, now: Timestamp, policy: &Policy) -> SubscriptionStanding {
        if let Some((dispute, _)) = self.disputes.iter().find(|(_, status)| status.closes()) {
            return SubscriptionStanding::Disputed { dispute: dispute.clone() };
        }
        match self.status {
            SubscriptionStatus::Active | SubscriptionStatus::Trialing => {
                let until = self.runs_until(policy);
                if now < until { SubscriptionStanding::Open { until } } else { SubscriptionStanding::Ended }
            }
            SubscriptionStatus::PastDue => {
                let until = later(self.period_start, policy.past_due_grace);
                // Without grace no clock takes part: ours may be behind Stripe's.
                let patient = policy.past_due_grace.is_positive() && now < until;
                if patient { SubscriptionStanding::Open { until } } else { SubscriptionStanding::PastDue }
            }
            SubscriptionStatus::Unpaid => SubscriptionStanding::PastDue,
            SubscriptionStatus::Incomplete => SubscriptionStanding::Incomplete,
            SubscriptionStatus::Paused => SubscriptionStanding::Paused,
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => SubscriptionStanding::Ended,
            SubscriptionStatus::Unknown(_) => SubscriptionStanding::Unknown,
        }
    }

    /// Until when an active one opens, should nothing more be heard of it: leeway is for the news of a renewal, so one
    /// that will not be renewed gets none.
    fn runs_until(&self, policy: &Policy) -> Timestamp {
        let renewal = later(self.period_end, policy.leeway);
        self.ends_at().map_or(renewal, |end| end.min(renewal))
    }

    /// When it will end, if that is settled.
    pub fn ends_at(&self) -> Option<Timestamp> {
        let at_period_end = self.cancel_at_period_end.then_some(self.period_end);
        match (self.cancel_at, at_period_end) {
            (Some(at), Some(end)) => Some(at.min(end)),
            (at, end) => at.or(end),
        }
    }

    /// In its trial.
    pub fn on_trial(&self) -> bool {
        self.status == SubscriptionStatus::Trialing
    }

    /// Canceled, and running on until the day that was settled.
    pub fn on_grace_period(&self) -> bool {
        self.is_live() && self.ends_at().is_some()
    }

    /// A payment failed.
    pub fn past_due(&self) -> bool {
        matches!(self.status, SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid)
    }

    /// A change waits for its payment.
    pub fn has_unpaid_change(&self, now: Timestamp) -> bool {
        self.change_waits_until.is_some_and(|until| now < until)
    }

    /// Goes on into another period, as far as is known.
    pub fn renews(&self) -> bool {
        let runs = matches!(self.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing);
        runs && !self.collection_paused && self.ends_at().is_none_or(|end| end > self.period_end)
    }

    /// Over for good: Stripe never revives it.
    pub fn ended(&self) -> bool {
        matches!(self.status, SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired)
    }

    /// Stripe still runs it, whether it opens anything or not.
    pub fn is_live(&self) -> bool {
        !self.ended()
    }

    /// Has had a trial.
    pub fn had_trial(&self) -> bool {
        self.trial_end.is_some()
    }
}

/// Saturating: the end of the calendar is as good as for ever.
fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}
