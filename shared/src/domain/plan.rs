//! Plans: products that are paid again and again, and what they allow to use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::{FamilyId, MeterId};

/// How often a plan is paid. See <https://docs.stripe.com/api/prices/object#price_object-recurring-interval>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Every day.
    Day,
    /// Every week.
    Week,
    /// Every month.
    Month,
    /// Every year.
    Year,
}

impl Interval {
    /// Reads Stripe's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Day, Self::Week, Self::Month, Self::Year].into_iter().find(|known| known.as_str() == word)
    }

    /// Stripe's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// How a learner gets a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Everybody has it, without a subscription.
    Free,
    /// By a subscription.
    Paid,
    /// By a grant of an operator: it has no price.
    Contact,
}

impl Tier {
    /// The word of `catalog.yaml` and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Paid => "paid",
            Self::Contact => "contact",
        }
    }
}

/// What makes a product a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The plan family: a learner has at most one subscription to its plans.
    pub family: FamilyId,
    /// How a learner gets it.
    pub tier: Tier,
    /// The longest trial, in days; 0 is none.
    #[serde(default)]
    pub trial_days: u16,
    /// How much of each meter may be used. The plan allows nothing of a meter that is not listed.
    #[serde(default)]
    pub limits: BTreeMap<MeterId, UsageLimit>,
}

/// How much of a meter may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageLimit {
    /// At most so much in a period; `None` is without limit.
    pub at_most: Option<u64>,
    /// When counting begins anew.
    pub per: UsagePeriod,
}

/// When counting begins anew, at midnight UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UsagePeriod {
    /// Every day.
    Day,
    /// Every Monday: ISO weeks.
    Week,
    /// On the first of every month.
    Month,
}

impl UsagePeriod {
    /// The word of `catalog.yaml` and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}
