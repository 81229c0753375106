//! A request for a checkout, checked against the catalog. The request has no amount; amounts come from the catalog and from
//! nowhere else.

use serde::Deserialize;
use shared::domain::{
    Catalog, CheckoutScope, CourseId, Fact, FamilyId, Price, Product, Purchase, Subscription, SubscriptionStatus,
    UserId,
};
#[cfg(feature = "openapi")]
use shared::http::openapi::exactly_one_of;
use shared::http::{Problem, WholeNumber};
use shared::store::SlotReferral;
use shared::stripe::digest;

use crate::find_price::{find_by_course_id, find_by_plan_id, find_by_price_id, parse_currency};
use crate::problems::{invalid_promotion_code, payment_pending};
use crate::state::State;

/// The body of `POST /checkout/sessions`: a price, or a course or a plan and perhaps a currency.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(transform = exactly_one_of(&["price_id", "course_id", "plan_id"])))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateSessionRequest {
    /// A price of `GET /catalog`. Name one of `price_id`, `course_id` and `plan_id`.
    price_id: Option<String>,
    /// A course that is sold on its own.
    course_id: Option<String>,
    /// A plan.
    plan_id: Option<String>,
    /// How often the plan is paid; a month if nothing is said. It goes with a `plan_id`.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<shared::domain::Interval>"))]
    interval: Option<String>,
    /// A shorter trial than the plan's, in days; 0 is none.
    trial_days: Option<WholeNumber<u16>>,
    /// An ISO 4217 code in upper or lower case.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[A-Za-z]{3}$")))]
    currency: Option<String>,
    /// A promotion code of Stripe's.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[A-Za-z0-9-]{1,200}$")))]
    promotion_code: Option<String>,
    /// The code of the learner who recommended it. One that does not count changes nothing, and `referral` says why.
    pub(crate) referral_code: Option<String>,
    /// Whether the learner's credit lowers the price, `true` if nothing is said. A checkout takes one discount: with a `promotion_code`,
    /// credit is not used.
    use_credit: Option<bool>,
    /// Where the learner returns to after the payment: a URL on one of `APP_ORIGINS`. Stripe writes the session's id where it has
    /// `{CHECKOUT_SESSION_ID}`.
    #[cfg_attr(feature = "openapi", schemars(length(max = 2048)))]
    success_url: Option<String>,
    /// Where the learner returns to without a payment: a URL on one of `APP_ORIGINS`.
    #[cfg_attr(feature = "openapi", schemars(length(max = 2048)))]
    cancel_url: Option<String>,
}

/// The family and the trial of a plan that is subscribed to.
#[derive(Debug)]
pub(crate) struct FamilyAndTrial<'a> {
    /// The family, in which a learner has at most one subscription.
    pub(crate) family: &'a FamilyId,
    /// The plan's trial, in days.
    default_trial_days: u16,
    /// The trial that was asked for.
    requested_trial_days: Option<u16>,
}

/// How the learner is to pay.
#[derive(Debug)]
pub(crate) enum PaymentMode {
    /// On Stripe's page.
    Session(SessionPages),
    /// On the shop's page.
    PaymentIntent,
}

/// What a session has beside the price.
#[derive(Debug)]
pub(crate) struct SessionPages {
    pub(crate) promotion_code: Option<String>,
    pub(crate) success_url: String,
    pub(crate) cancel_url: String,
}

/// A request that was checked against the catalog.
#[derive(Debug)]
pub(crate) struct ValidatedCheckout<'a> {
    pub(crate) product: &'a Product,
    pub(crate) price: &'a Price,
    pub(crate) family_and_trial: Option<FamilyAndTrial<'a>>,
    /// Who recommended it.
    pub(crate) referrer: Option<UserId>,
    /// Whether the learner's credit is to lower the price.
    pub(crate) wants_credit: bool,
    pub(crate) mode: PaymentMode,
}

impl<'a> ValidatedCheckout<'a> {
    pub(crate) fn validate(
        request: CreateSessionRequest,
        catalog: &'a Catalog,
        state: &State,
    ) -> Result<Self, Problem> {
        let currency = parse_currency(request.currency.as_deref())?;
        let interval = request.interval.as_deref();
        let (product, price) = match (&request.price_id, &request.course_id, &request.plan_id) {
            (Some(price), None, None) => find_by_price_id(catalog, price, currency)?,
            (None, Some(course), None) => find_by_course_id(catalog, course, currency, state.currency)?,
            (None, None, Some(plan)) => find_by_plan_id(catalog, plan, interval, currency, state.currency)?,
            _ => return Err(invalid_field("Name one of price_id, course_id and plan_id.", "price_id")),
        };
        if interval.is_some() && request.plan_id.is_none() {
            return Err(invalid_field("An interval goes with a plan_id.", "interval"));
        }
        let family_and_trial = family_and_trial(product, request.trial_days.map(|WholeNumber(days)| days))?;
        let wants_credit = wants_credit(request.use_credit, request.promotion_code.is_some())?;
        let promotion_code = request.promotion_code.map(parse_promotion_code).transpose()?;
        let home = state.origins.first();
        let success_url = request.success_url.unwrap_or_else(|| format!("{home}/?session_id={{CHECKOUT_SESSION_ID}}"));
        let cancel_url = request.cancel_url.unwrap_or_else(|| format!("{home}/"));
        for (field, url) in [("success_url", &success_url), ("cancel_url", &cancel_url)] {
            if !state.origins.allows(url) {
                return Err(Problem::bad_request("url_not_allowed", "The URL is not on APP_ORIGINS.").with_field(field));
            }
        }
        let mode = PaymentMode::Session(SessionPages { promotion_code, success_url, cancel_url });
        Ok(Self { product, price, family_and_trial, referrer: None, wants_credit, mode })
    }

    /// Refuses what would be paid for twice.
    pub(crate) fn check_can_be_bought(&self, catalog: &Catalog, facts: &[Fact]) -> Result<(), Problem> {
        match &self.family_and_trial {
            Some(_) => check_not_subscribed(self.live_subscriptions_of_family(catalog, facts)),
            None => self.check_not_bought(catalog, facts),
        }
    }

    /// The live subscriptions of the requested plan's family, as far as is known.
    pub(crate) fn live_subscriptions_of_family<'f>(
        &self,
        catalog: &Catalog,
        facts: &'f [Fact],
    ) -> impl Iterator<Item = &'f Subscription> {
        let wanted = self.family_and_trial.as_ref().map(|plan| plan.family);
        let live = facts.iter().filter_map(Fact::subscription).filter(|subscription| subscription.is_live());
        live.filter(move |subscription| {
            let product = subscription.product.as_ref().and_then(|product| catalog.product(product.as_str()));
            let plan = product.and_then(|product| product.plan.as_ref());
            plan.is_some_and(|plan| Some(&plan.family) == wanted)
        })
    }

    /// Every course of the product is bought, or its payment is on its way, by this product or by another one that opens
    /// it. What a subscription opens can still be bought for good.
    fn check_not_bought(&self, catalog: &Catalog, facts: &[Fact]) -> Result<(), Problem> {
        let purchases = || facts.iter().filter_map(Fact::purchase);
        let holds = |course: &CourseId| {
            let opens = |purchase: &&Purchase| purchase.opens(catalog.products_opening(course));
            let owned = purchases().filter(opens).find(|purchase| purchase.is_owned());
            owned.or_else(|| purchases().filter(opens).find(|purchase| purchase.is_pending()))
        };
        let held: Option<Vec<&Purchase>> = self.product.courses.iter().map(holds).collect();
        match held {
            None => Ok(()),
            Some(held) if held.iter().any(|purchase| purchase.is_pending()) => Err(payment_pending()),
            Some(_) => Err(Problem::conflict("already_owned", "The learner has bought this already.")),
        }
    }

    /// The scope in which the learner has at most one open checkout.
    pub(crate) fn checkout_scope(&self) -> CheckoutScope {
        match &self.family_and_trial {
            Some(plan) => CheckoutScope::Family(plan.family.clone()),
            None => CheckoutScope::Product(self.product.id.clone()),
        }
    }

    /// How many days nothing is charged. A learner has one trial. After it there is none; that is an error only if the request
    /// asked for one.
    pub(crate) fn trial_days(&self, facts: &[Fact]) -> Result<Option<u16>, Problem> {
        let Some(plan) = &self.family_and_trial else { return Ok(None) };
        let used = facts.iter().filter_map(Fact::subscription).any(Subscription::had_trial);
        match plan.requested_trial_days {
            Some(days) if used && days > 0 => {
                Err(Problem::conflict("trial_used", "The learner has had a trial already."))
            }
            requested_trial_days => {
                Ok(Some(requested_trial_days.unwrap_or(plan.default_trial_days)).filter(|days| *days > 0 && !used))
            }
        }
    }

    /// Whether nothing may be charged at first.
    pub(crate) fn may_start_trial(&self) -> bool {
        self.family_and_trial.as_ref().is_some_and(|family_and_trial| {
            family_and_trial.requested_trial_days.unwrap_or(family_and_trial.default_trial_days) > 0
        })
    }

    /// Who recommended it, as the slot keeps it.
    pub(crate) fn slot_referral(&self) -> Option<SlotReferral> {
        let price = self.price.money;
        self.referrer.clone().map(|referrer| SlotReferral { referrer, price })
    }

    /// A hash of the parameters of the session or payment intent: one with other parameters has another one.
    pub(crate) fn fingerprint(&self, trial_days: Option<u16>, credit: i64) -> String {
        let mut parameters = match &self.mode {
            PaymentMode::Session(SessionPages { promotion_code, success_url, cancel_url }) => {
                let promotion = promotion_code.as_deref().unwrap_or_default();
                let trial = trial_days.map(|days| days.to_string());
                let mut parts = vec![self.price.id.as_str(), promotion, success_url, cancel_url];
                parts.extend(trial.as_deref());
                digest(&parts)
            }
            PaymentMode::PaymentIntent => {
                let amount = self.price.money.amount.to_string();
                digest(&["payment_intent", self.price.id.as_str(), &amount, &self.product.name])
            }
        };
        if let Some(referrer) = &self.referrer {
            parameters = digest(&[&parameters, referrer.as_str()]);
        }
        if credit > 0 {
            parameters = digest(&[&parameters, "credit", &credit.to_string()]);
        }
        parameters
    }
}

pub(crate) fn invalid_field(detail: &str, field: &str) -> Problem {
    Problem::bad_request("invalid_field", detail).with_field(field)
}

fn family_and_trial(
    product: &Product,
    requested_trial_days: Option<u16>,
) -> Result<Option<FamilyAndTrial<'_>>, Problem> {
    let Some(plan) = &product.plan else {
        let none = requested_trial_days.is_none().then_some(None);
        return none.ok_or_else(|| invalid_field("Only a plan has a trial.", "trial_days"));
    };
    if requested_trial_days.is_some_and(|days| days > plan.trial_days) {
        let detail = format!("The plan's trial has at most {} days.", plan.trial_days);
        return Err(Problem::bad_request("invalid_trial", detail).with_field("trial_days"));
    }
    Ok(Some(FamilyAndTrial { family: &plan.family, default_trial_days: plan.trial_days, requested_trial_days }))
}

/// One subscription of a family: a second one would be paid beside the first.
fn check_not_subscribed<'f>(live: impl Iterator<Item = &'f Subscription>) -> Result<(), Problem> {
    let mut live = live.map(|subscription| &subscription.status).peekable();
    if live.peek().is_none() {
        return Ok(());
    }
    match live.find(|status| **status != SubscriptionStatus::Incomplete) {
        None => {
            let detail = "A subscription waits for its first payment; POST /billing/portal leads to it.";
            Err(Problem::conflict("payment_pending", detail))
        }
        Some(_) => {
            let detail = "The learner has a subscription already. Change it with POST /billing/subscription/change, or in the portal: POST /billing/portal.";
            Err(Problem::conflict("already_owned", detail))
        }
    }
}

fn parse_promotion_code(code: String) -> Result<String, Problem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=200).contains(&code.len()) && code.bytes().all(allowed) { Ok(code) } else { Err(invalid_promotion_code()) }
}

/// Whether the request wants credit: if it says nothing, and has no promotion code. A session takes one discount.
pub(crate) fn wants_credit(use_credit: Option<bool>, has_promotion_code: bool) -> Result<bool, Problem> {
    match use_credit {
        Some(true) if has_promotion_code => {
            let detail = "A checkout takes a promotion code or credit, not both.";
            Err(Problem::bad_request("one_discount_only", detail).with_field("use_credit"))
        }
        Some(wanted) => Ok(wanted),
        None => Ok(!has_promotion_code),
    }
}
