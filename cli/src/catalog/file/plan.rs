//! The plans of the file: their prices per interval, and their usage limits.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::domain::{
    CourseId, Currency, FamilyId, Interval, MeterId, Plan, Product, ProductId, Tier, UsageLimit, UsagePeriod,
};

use crate::catalog::file_product::{FileProduct, file_prices};

/// Stripe's longest trial. See <https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-subscription_data-trial_period_days>.
const LONGEST_TRIAL: u16 = 730;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlan {
    id: ProductId,
    name: String,
    description: String,
    family: Option<FamilyId>,
    tier: Option<Tier>,
    #[serde(default)]
    trial_days: u16,
    #[serde(default)]
    courses: Vec<CourseId>,
    #[serde(default)]
    prices: BTreeMap<Interval, BTreeMap<Currency, i64>>,
    #[serde(default)]
    limits: BTreeMap<MeterId, RawLimit>,
}

/// `30 per day`, or `unlimited`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
enum RawLimit {
    PerPeriod(u32, UsagePeriod),
    Unlimited,
}

impl TryFrom<String> for RawLimit {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = match text.split(' ').collect::<Vec<_>>().as_slice() {
            ["unlimited"] => Some(Self::Unlimited),
            [number, "per", "day"] => number.parse().ok().map(|number| Self::PerPeriod(number, UsagePeriod::Day)),
            [number, "per", "week"] => number.parse().ok().map(|number| Self::PerPeriod(number, UsagePeriod::Week)),
            [number, "per", "month"] => number.parse().ok().map(|number| Self::PerPeriod(number, UsagePeriod::Month)),
            _ => None,
        };
        parsed.ok_or("a limit is `30 per day`, `5 per week`, `100 per month` or `unlimited`")
    }
}

/// The plans as products, with a period for every meter. The error is a sentence about a contradiction.
pub(super) fn to_products(plans: Vec<RawPlan>) -> Result<Vec<FileProduct>, String> {
    let periods = meter_periods(&plans)?;
    let mut free = plans.iter().filter(|plan| plan.tier == Some(Tier::Free));
    if let (Some(one), Some(other)) = (free.next(), free.next()) {
        return Err(format!("{} and {} are both of tier free: what everybody has is one plan", one.id, other.id));
    }
    plans.into_iter().map(|plan| plan.into_product(&periods)).collect()
}

/// Checks a plan against the rules of its tier.
pub(super) fn check(file_product: &FileProduct, plan: &Plan) -> Result<(), String> {
    let FileProduct { product: Product { id, courses, .. }, prices } = file_product;
    let tier = plan.tier.as_str();
    let contradiction = match plan.tier {
        Tier::Paid if prices.is_empty() => "is paid and has no price".to_owned(),
        Tier::Paid if courses.is_empty() && plan.limits.is_empty() => "has neither courses nor limits".to_owned(),
        Tier::Paid if plan.trial_days > LONGEST_TRIAL => {
            format!("has {} trial days: {LONGEST_TRIAL} is the most", plan.trial_days)
        }
        Tier::Free | Tier::Contact if !prices.is_empty() => format!("is of tier {tier} and has a price"),
        Tier::Free | Tier::Contact if plan.trial_days > 0 => format!("is of tier {tier} and has a trial"),
        Tier::Free if !courses.is_empty() => {
            "is everybody's: a course that it opens is of category free instead".to_owned()
        }
        Tier::Free | Tier::Paid | Tier::Contact => return Ok(()),
    };
    Err(format!("plan {id} {contradiction}"))
}

impl RawPlan {
    fn into_product(self, periods: &BTreeMap<MeterId, UsagePeriod>) -> Result<FileProduct, String> {
        let Self { id, name, description, family, tier, trial_days, courses, prices, limits } = self;
        let family = match family {
            Some(family) => family,
            None => FamilyId::parse("membership").map_err(|error| error.to_string())?,
        };
        let limit = |(meter, limit): (MeterId, RawLimit)| {
            let limit = match limit {
                RawLimit::PerPeriod(number, per) => UsageLimit { at_most: Some(number.into()), per },
                RawLimit::Unlimited => {
                    let per = periods.get(&meter).copied().ok_or_else(|| {
                        format!(
                            "{meter} is unlimited in every plan that lists it, so nothing says when counting begins anew: \
                             list it in another plan, if only with `0 per day`"
                        )
                    })?;
                    UsageLimit { at_most: None, per }
                }
            };
            Ok((meter, limit))
        };
        let limits = limits.into_iter().map(limit).collect::<Result<_, String>>()?;
        let plan = Some(Plan { family, tier: tier.unwrap_or(Tier::Paid), trial_days, limits });
        let product = Product { id, name, description, courses, plan, prices: Vec::new(), retired: false };
        let prices = prices.into_iter().flat_map(|(interval, amounts)| file_prices(amounts, Some(interval)));
        Ok(FileProduct { product, prices: prices.collect() })
    }
}

/// The period of each meter. Each meter has only one, so that usage is kept when a learner changes the plan.
fn meter_periods(plans: &[RawPlan]) -> Result<BTreeMap<MeterId, UsagePeriod>, String> {
    let mut first: BTreeMap<&MeterId, (UsagePeriod, &ProductId)> = BTreeMap::new();
    for plan in plans {
        for (meter, limit) in &plan.limits {
            let RawLimit::PerPeriod(_, period) = *limit else { continue };
            let (known, of) = *first.entry(meter).or_insert((period, &plan.id));
            if known != period {
                let (known, period) = (known.as_str(), period.as_str());
                return Err(format!("{meter} is counted per {known} in {of} and per {period} in {}", plan.id));
            }
        }
    }
    Ok(first.into_iter().map(|(meter, (period, _))| (meter.clone(), period)).collect())
}
