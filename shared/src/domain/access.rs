//! Who may open what, and why. A pure function of the facts: nothing derived is stored, so nothing goes stale.

use jiff::Timestamp;
use serde::Serialize;

use super::grant::Grant;
use super::id::{DisputeId, GrantId, ProductId, PurchaseId, SubscriptionId};
use super::purchase::{Purchase, PurchaseStatus};
use super::subscription::{Subscription, SubscriptionAccessStatus, SubscriptionPolicy};

/// One stored reason why a learner has access, or has lost it. A learner has any number of them.
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

    /// The id of the purchase, the subscription or the grant.
    pub fn id(&self) -> &str {
        match self {
            Self::Purchase(purchase) => purchase.id.as_str(),
            Self::Subscription(subscription) => subscription.id.as_str(),
            Self::Grant(grant) => grant.id.as_str(),
        }
    }

    /// Whether money was paid for it, whatever became of the money, as far as the fact says.
    pub fn was_paid_for(&self) -> bool {
        match self {
            Self::Purchase(purchase) => purchase.was_paid_for(),
            Self::Subscription(subscription) => subscription.was_probably_paid_for(),
            Self::Grant(_) => false,
        }
    }

    /// Whether it says anything about the product.
    pub fn covers_product(&self, product: &ProductId) -> bool {
        match self {
            Self::Purchase(purchase) => purchase.includes(product),
            Self::Subscription(subscription) => subscription.product.as_ref() == Some(product),
            Self::Grant(grant) => grant.covers(product),
        }
    }
}

/// What access is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTarget<'a> {
    /// Open to every signed-in user.
    Free,
    /// Opened by any of these products.
    AnyOf(&'a [ProductId]),
}

/// The answer, always with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Access is allowed.
    Allowed {
        /// Why.
        because: AllowedReason,
        /// Until when; `None` is for good.
        until: Option<Timestamp>,
    },
    /// Access is denied.
    Denied {
        /// Why not.
        because: DeniedReason,
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
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum AllowedReason {
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
        #[cfg_attr(feature = "openapi", schemars(with = "super::display_status::DisplayStatus"))]
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

/// Why a course is closed.
// Ordered: the later variant says more, and wins when several apply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum DeniedReason {
    /// No fact concerns it.
    NotPurchased,
    /// The learner has it, and the course has not started.
    NotStarted {
        /// When it starts.
        starts_at: Timestamp,
    },
    /// A grant ran out.
    GrantExpired {
        /// The grant.
        source: GrantId,
        /// When it ended.
        ended: Timestamp,
    },
    /// The subscription was ended in its trial, for the learner had another one.
    TrialUsed(DeniedSubscription),
    /// The subscription is over: canceled, or no event of its renewal arrived.
    SubscriptionEnded(DeniedSubscription),
    /// Its trial ended without a payment method.
    SubscriptionPaused(DeniedSubscription),
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
    SubscriptionRefunded(DeniedSubscription),
    /// A renewal could not be paid.
    SubscriptionPastDue(DeniedSubscription),
    /// The bank holds the money for the current period.
    SubscriptionDisputed(DeniedSubscription),
    /// Its status is one that this version does not know.
    SubscriptionUnknown(DeniedSubscription),
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
    SubscriptionIncomplete(DeniedSubscription),
    /// The money for a subscription's current period is on its way.
    SubscriptionPaymentPending(DeniedSubscription),
}

/// A subscription that does not open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DeniedSubscription {
    /// The plan.
    pub product: ProductId,
    /// The Stripe object.
    pub source: SubscriptionId,
    /// Where it stands, in Stripe's word, or `payment_pending`.
    #[cfg_attr(feature = "openapi", schemars(with = "super::display_status::DisplayStatus"))]
    pub status: String,
    /// The dispute that closes it, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispute: Option<DisputeId>,
    /// Since when.
    pub since: Timestamp,
}

/// Decides whether a learner with these facts has access at `now`. Each fact is decided on its own, and one that
/// allows is enough. So nothing that happens to one fact takes away what another one gives.
pub fn decide_access<'a>(
    now: Timestamp,
    policy: &SubscriptionPolicy,
    facts: impl IntoIterator<Item = &'a Fact>,
    target: AccessTarget<'_>,
) -> Access {
    let products = match target {
        AccessTarget::Free => {
            return Access::Allowed { because: AllowedReason::FreeCourse, until: None };
        }
        AccessTarget::AnyOf(products) => products,
    };
    let mut best: Option<(AllowedReason, Option<Timestamp>)> = None;
    let mut refused = DeniedReason::NotPurchased;
    for verdict in facts.into_iter().filter_map(|fact| access_by_fact(now, policy, fact, products)) {
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

/// Decides by one fact. Returns `None` when the fact is about other products.
fn access_by_fact(now: Timestamp, policy: &SubscriptionPolicy, fact: &Fact, products: &[ProductId]) -> Option<Access> {
    let concerned = products.iter().any(|product| fact.covers_product(product));
    match fact {
        Fact::Purchase(purchase) if concerned => Some(access_by_purchase(purchase)),
        Fact::Subscription(subscription) if concerned => access_by_subscription(now, policy, subscription),
        Fact::Grant(grant) if concerned => Some(access_by_grant(now, grant)),
        _ => None,
    }
}

fn access_by_purchase(purchase: &Purchase) -> Access {
    let (product, source, since) = (purchase.product.clone(), purchase.id.clone(), purchase.since);
    let because = match purchase.status() {
        PurchaseStatus::Open => {
            return Access::Allowed { because: AllowedReason::Purchased { product, source, since }, until: None };
        }
        PurchaseStatus::Pending => DeniedReason::PaymentPending { product, source, since },
        PurchaseStatus::Failed => DeniedReason::PaymentFailed { product, source, since },
        PurchaseStatus::Refunded => DeniedReason::Refunded { product, source, since },
        PurchaseStatus::Disputed { dispute } => DeniedReason::Disputed { product, source, dispute, since },
    };
    Access::Denied { because }
}

/// `None` when it is for something that we do not sell.
fn access_by_subscription(now: Timestamp, policy: &SubscriptionPolicy, subscription: &Subscription) -> Option<Access> {
    let product = subscription.product.clone()?;
    let (source, status, since) =
        (subscription.id.clone(), subscription.display_status().to_owned(), subscription.since);
    let access_status = subscription.access_status(now, policy);
    let dispute = match &access_status {
        SubscriptionAccessStatus::Disputed { dispute } => Some(dispute.clone()),
        _ => None,
    };
    let closed = DeniedSubscription { product, source, status, dispute, since };
    let because = match access_status {
        SubscriptionAccessStatus::Open { until } => {
            let DeniedSubscription { product, source, status, since, .. } = closed;
            let because = AllowedReason::Subscribed { product, source, status, since };
            return Some(Access::Allowed { because, until: Some(until) });
        }
        SubscriptionAccessStatus::PastDue => DeniedReason::SubscriptionPastDue(closed),
        SubscriptionAccessStatus::PaymentPending => DeniedReason::SubscriptionPaymentPending(closed),
        SubscriptionAccessStatus::Incomplete => DeniedReason::SubscriptionIncomplete(closed),
        SubscriptionAccessStatus::Paused => DeniedReason::SubscriptionPaused(closed),
        SubscriptionAccessStatus::Ended => DeniedReason::SubscriptionEnded(closed),
        SubscriptionAccessStatus::TrialUsed => DeniedReason::TrialUsed(closed),
        SubscriptionAccessStatus::Refunded => DeniedReason::SubscriptionRefunded(closed),
        SubscriptionAccessStatus::Disputed { .. } => DeniedReason::SubscriptionDisputed(closed),
        SubscriptionAccessStatus::Unknown => DeniedReason::SubscriptionUnknown(closed),
    };
    Some(Access::Denied { because })
}

fn access_by_grant(now: Timestamp, grant: &Grant) -> Access {
    match grant.until {
        Some(ended) if !grant.holds(now) => {
            Access::Denied { because: DeniedReason::GrantExpired { source: grant.id.clone(), ended } }
        }
        until => {
            Access::Allowed { because: AllowedReason::Granted { source: grant.id.clone(), since: grant.since }, until }
        }
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
mod dispute_and_refund_tests;
#[cfg(test)]
mod several_facts_tests;
#[cfg(test)]
mod subscription_tests;
#[cfg(test)]
mod tests;
