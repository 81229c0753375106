//! Who may open what, and why. A pure function of the facts: nothing derived is stored, so nothing goes stale.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    DisputeId, Grant, GrantId, Policy, ProductId, Purchase, PurchaseId, Standing, Subscription, SubscriptionId,
    SubscriptionStanding,
};

/// One reason to let a learner in (or not); a user has any number of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Bought once.
    Purchase(Purchase),
    /// Paid again and again.
    Subscription(Subscription),
    /// Given by an operator.
    Grant(Grant),
}

impl Fact {
    /// The purchase, if it is one.
    pub fn purchase(&self) -> Option<&Purchase> {
        match self {
            Self::Purchase(purchase) => Some(purchase),
            Self::Subscription(_) | Self::Grant(_) => None,
        }
    }

    /// The subscription, if it is one.
    pub fn subscription(&self) -> Option<&Subscription> {
        match self {
            Self::Subscription(subscription) => Some(subscription),
            Self::Purchase(_) | Self::Grant(_) => None,
        }
    }

    /// Whether it says anything about the product.
    pub fn concerns(&self, product: &ProductId) -> bool {
        match self {
            Self::Purchase(purchase) => purchase.is_of(product),
            Self::Subscription(subscription) => subscription.product.as_ref() == Some(product),
            Self::Grant(grant) => grant.covers(product),
        }
    }
}

/// What stands before a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door<'a> {
    /// Open to every signed-in user.
    Free,
    /// Opened by any of these products.
    OpenedBy(&'a [ProductId]),
}

/// The answer, always with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Come in.
    Allowed {
        /// Why.
        because: Opened,
        /// Until when; `None` is for good.
        until: Option<Timestamp>,
    },
    /// Not now.
    Denied {
        /// Why not.
        because: Refused,
    },
}

impl Access {
    /// Whether the course opens.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Why a course is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Opened {
    /// The course costs nothing.
    FreeCourse,
    /// A paid purchase.
    Purchased {
        /// What was bought.
        product: ProductId,
        /// The Stripe object.
        source: PurchaseId,
        /// Since when.
        since: Timestamp,
    },
    /// A subscription that runs.
    Subscribed {
        /// The plan.
        product: ProductId,
        /// The Stripe object.
        source: SubscriptionId,
        /// Where it stands: `active`, `trialing`, `payment_pending` while a renewal's money is on its way, or `past_due`
        /// in its days of grace.
        status: String,
        /// Since when.
        since: Timestamp,
    },
    /// A grant.
    Granted {
        /// The grant.
        source: GrantId,
        /// Since when.
        since: Timestamp,
    },
}

/// Why a course is closed. Ordered: the later variant says more, and wins when several apply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Refused {
    /// No fact concerns it.
    NotPurchased,
    /// A grant ran out.
    GrantExpired {
        /// The grant.
        source: GrantId,
        /// When it ended.
        ended: Timestamp,
    },
    /// The subscription was ended in its trial, for the learner had another one.
    TrialUsed(ClosedSubscription),
    /// The subscription is over: canceled, or nothing was heard of its renewal.
    SubscriptionEnded(ClosedSubscription),
    /// Its trial ended without a payment method.
    SubscriptionPaused(ClosedSubscription),
    /// The payment failed.
    PaymentFailed {
        /// What was to be bought.
        product: ProductId,
        /// The Stripe object.
        source: PurchaseId,
        /// Since when.
        since: Timestamp,
    },
    /// All of the money went back.
    Refunded {
        /// What was bought.
        product: ProductId,
        /// The Stripe object.
        source: PurchaseId,
        /// Since when it had been bought.
        since: Timestamp,
    },
    /// The money for the current period went back.
    SubscriptionRefunded(ClosedSubscription),
    /// A renewal could not be paid.
    SubscriptionPastDue(ClosedSubscription),
    /// The bank holds the money for the current period.
    SubscriptionDisputed(ClosedSubscription),
    /// Its status is one that this version does not know.
    SubscriptionUnknown(ClosedSubscription),
    /// The bank holds the money.
    Disputed {
        /// What was bought.
        product: ProductId,
        /// The Stripe object.
        source: PurchaseId,
        /// The dispute.
        dispute: DisputeId,
        /// Since when it had been bought.
        since: Timestamp,
    },
    /// The money is on its way.
    PaymentPending {
        /// What was bought.
        product: ProductId,
        /// The Stripe object.
        source: PurchaseId,
        /// Since when.
        since: Timestamp,
    },
    /// The first payment of a subscription has not been made.
    SubscriptionIncomplete(ClosedSubscription),
    /// The money for a subscription's current period is on its way.
    SubscriptionPaymentPending(ClosedSubscription),
}

/// A subscription that does not open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ClosedSubscription {
    /// The plan.
    pub product: ProductId,
    /// The Stripe object.
    pub source: SubscriptionId,
    /// Where it stands, in Stripe's word, or `payment_pending`.
    pub status: String,
    /// The dispute that closes it, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispute: Option<DisputeId>,
    /// Since when.
    pub since: Timestamp,
}

/// Whether a learner with these facts may pass the door at `now`: the OR over the facts, each judged on its own, so
/// that nothing that happens to one of them takes away what another one gives.
pub fn access<'a>(
    now: Timestamp,
    policy: &Policy,
    facts: impl IntoIterator<Item = &'a Fact>,
    door: Door<'_>,
) -> Access {
    let products = match door {
        Door::Free => {
            return Access::Allowed { because: Opened::FreeCourse, until: None };
        }
        Door::OpenedBy(products) => products,
    };
    let mut best: Option<(Opened, Option<Timestamp>)> = None;
    let mut refused = Refused::NotPurchased;
    for verdict in facts.into_iter().filter_map(|fact| judge(now, policy, fact, products)) {
        match verdict {
            Access::Allowed { because, until } => {
                if best.as_ref().is_none_or(|(_, known)| lasts_longer(until, *known)) {
                    best = Some((because, until));
                }
            }
            Access::Denied { because } => refused = refused.max(because),
        }
    }
    match best {
        Some((because, until)) => Access::Allowed { because, until },
        None => Access::Denied { because: refused },
    }
}

/// What one fact says about the door; `None` when it concerns other products.
fn judge(now: Timestamp, policy: &Policy, fact: &Fact, products: &[ProductId]) -> Option<Access> {
    let concerned = products.iter().any(|product| fact.concerns(product));
    match fact {
        Fact::Purchase(purchase) if concerned => Some(judge_purchase(purchase)),
        Fact::Subscription(subscription) if concerned => judge_subscription(now, policy, subscription),
        Fact::Grant(grant) if concerned => Some(judge_grant(now, grant)),
        _ => None,
    }
}

fn judge_purchase(purchase: &Purchase) -> Access {
    let (product, source, since) = (purchase.product.clone(), purchase.id.clone(), purchase.since);
    let because = match purchase.standing() {
        Standing::Open => {
            return Access::Allowed { because: Opened::Purchased { product, source, since }, until: None };
        }
        Standing::Pending => Refused::PaymentPending { product, source, since },
        Standing::Failed => Refused::PaymentFailed { product, source, since },
        Standing::Refunded => Refused::Refunded { product, source, since },
        Standing::Disputed { dispute } => Refused::Disputed { product, source, dispute, since },
    };
    Access::Denied { because }
}

/// `None` when it is for something that we do not sell.
fn judge_subscription(now: Timestamp, policy: &Policy, subscription: &Subscription) -> Option<Access> {
    let product = subscription.product.clone()?;
    let (source, status, since) = (subscription.id.clone(), subscription.shown_status().to_owned(), subscription.since);
    let standing = subscription.standing(now, policy);
    let dispute = match &standing {
        SubscriptionStanding::Disputed { dispute } => Some(dispute.clone()),
        _ => None,
    };
    let closed = ClosedSubscription { product, source, status, dispute, since };
    let because = match standing {
        SubscriptionStanding::Open { until } => {
            let ClosedSubscription { product, source, status, since, .. } = closed;
            let because = Opened::Subscribed { product, source, status, since };
            return Some(Access::Allowed { because, until: Some(until) });
        }
        SubscriptionStanding::PastDue => Refused::SubscriptionPastDue(closed),
        SubscriptionStanding::PaymentPending => Refused::SubscriptionPaymentPending(closed),
        SubscriptionStanding::Incomplete => Refused::SubscriptionIncomplete(closed),
        SubscriptionStanding::Paused => Refused::SubscriptionPaused(closed),
        SubscriptionStanding::Ended => Refused::SubscriptionEnded(closed),
        SubscriptionStanding::TrialUsed => Refused::TrialUsed(closed),
        SubscriptionStanding::Refunded => Refused::SubscriptionRefunded(closed),
        SubscriptionStanding::Disputed { .. } => Refused::SubscriptionDisputed(closed),
        SubscriptionStanding::Unknown => Refused::SubscriptionUnknown(closed),
    };
    Some(Access::Denied { because })
}

fn judge_grant(now: Timestamp, grant: &Grant) -> Access {
    match grant.until {
        Some(ended) if !grant.holds(now) => {
            Access::Denied { because: Refused::GrantExpired { source: grant.id.clone(), ended } }
        }
        until => Access::Allowed { because: Opened::Granted { source: grant.id.clone(), since: grant.since }, until },
    }
}

fn lasts_longer(until: Option<Timestamp>, known: Option<Timestamp>) -> bool {
    match (until, known) {
        (None, Some(_)) => true,
        (Some(until), Some(known)) => until > known,
        (_, None) => false,
    }
}

#[cfg(test)]
mod or_tests;
#[cfg(test)]
mod subscription_tests;
#[cfg(test)]
mod tests;
