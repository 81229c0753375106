//! The price that a change requests: of a plan of the same family, in the subscription's currency.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use shared::domain::{Catalog, Currency, Interval, Plan, Price, Product, Subscription, Tier};
use shared::http::Problem;
#[cfg(feature = "openapi")]
use shared::http::openapi::exactly_one_of;
use shared::stripe::BilledItem;

/// How long a preview is valid.
const PREVIEW_VALIDITY: SignedDuration = SignedDuration::from_hours(1);

/// The body of `POST /billing/subscription/change`, and of its preview.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(transform = exactly_one_of(&["plan_id", "price_id"])))]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeSubscriptionRequest {
    /// A plan of the same family. Name either this or a `price_id`.
    plan_id: Option<String>,
    /// A price of `GET /catalog`. Name either this or a `plan_id`.
    price_id: Option<String>,
    /// How often the plan is to be paid; the present interval if nothing is said. It goes with a `plan_id`.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<Interval>"))]
    interval: Option<String>,
    /// The currency of the subscription, in upper or lower case. It cannot be changed.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[A-Za-z]{3}$")))]
    currency: Option<String>,
    /// Needed by learners with several live subscriptions.
    pub(crate) subscription_id: Option<String>,
    /// The date of a preview of the last hour, to be charged exactly what it showed.
    pub(crate) proration_date: Option<Timestamp>,
    /// The amount of that preview, in minor units: another one is not charged. The preview itself does not read it.
    pub(crate) amount_due: Option<i64>,
}

/// The requested plan, and how its price is chosen.
#[derive(Debug)]
pub(crate) enum RequestedPrice<'a> {
    /// This one, of this plan.
    Exact(&'a Product, &'a Price),
    /// The one for this interval, in the subscription's currency.
    ByInterval(&'a Product, Option<Interval>),
}

impl<'a> RequestedPrice<'a> {
    /// Reads a request to change `current`, and checks what can be checked without Stripe.
    pub(crate) fn from_request(
        request: &ChangeSubscriptionRequest,
        catalog: &'a Catalog,
        current: &Subscription,
    ) -> Result<Self, Problem> {
        let (product, requested) = match (&request.plan_id, &request.price_id) {
            (Some(plan), None) => {
                let unknown = || invalid_request("unknown_plan", "There is no such plan.", "plan_id");
                let (product, _) =
                    catalog.plans().find(|(product, _)| product.id.as_str() == plan).ok_or_else(unknown)?;
                let wanted = request.interval.as_deref().map(parse_interval).transpose()?;
                (product, Self::ByInterval(product, wanted.or_else(|| default_interval(product, current))))
            }
            (None, Some(_)) if request.interval.is_some() => {
                return Err(invalid_request("invalid_field", "An interval goes with a plan_id.", "interval"));
            }
            (None, Some(price)) => {
                let unknown = || invalid_request("unknown_price", "No plan has this price.", "price_id");
                let (product, price) = catalog.price(price).ok_or_else(unknown)?;
                (product, Self::Exact(product, price))
            }
            _ => return Err(invalid_request("invalid_field", "Name either plan_id or price_id.", "plan_id")),
        };
        let field = if request.plan_id.is_some() { "plan_id" } else { "price_id" };
        let plan = check_for_sale(product, field)?;
        if current_plan(catalog, current).is_none_or(|family| family.family != plan.family) {
            let detail = "The plan is of another family: it is subscribed to beside this one.";
            return Err(invalid_request("other_family", detail, field));
        }
        Ok(requested)
    }

    /// The plan.
    pub(crate) fn product(&self) -> &'a Product {
        let (Self::Exact(product, _) | Self::ByInterval(product, _)) = self;
        product
    }

    /// How long the plan's trial is.
    pub(crate) fn trial_days(&self) -> u16 {
        self.product().plan.as_ref().map_or(0, |plan| plan.trial_days)
    }

    /// Whether it takes effect at once: it is no lower plan, no shorter interval, costs no less than `current_amount`, what is
    /// paid now, and no money of the current period went back, which would be credited. Otherwise it takes effect at the end of
    /// the period that is paid for.
    pub(crate) fn takes_effect_now(
        &self,
        price: &Price,
        catalog: &Catalog,
        current: &Subscription,
        current_amount: Option<i64>,
    ) -> bool {
        let ranks =
            (catalog.rank(&self.product().id), current.product.as_ref().and_then(|current| catalog.rank(current)));
        let is_lower = !matches!(ranks, (Some(requested), Some(current)) if requested >= current);
        let costs_less = current_amount.is_none_or(|amount| price.money.amount < amount);
        let is_upgrade = !is_lower && !costs_less && price.interval >= current.interval;
        // In a trial nothing was paid.
        current.on_trial() || (is_upgrade && !current.has_refund_in_period())
    }

    /// The price, in the currency that the subscription is charged in.
    pub(crate) fn resolve_price(
        &self,
        currency: Currency,
        request: &ChangeSubscriptionRequest,
    ) -> Result<&'a Price, Problem> {
        let mismatch =
            |field| invalid_request("currency_mismatch", "The subscription is charged in another currency.", field);
        if let Some(requested_currency) = &request.currency {
            let requested_currency = Currency::parse(requested_currency).map_err(|error| {
                invalid_request("invalid_currency", "A currency is a three-letter ISO 4217 code.", "currency")
                    .with_cause(error)
            })?;
            if requested_currency != currency {
                return Err(mismatch("currency"));
            }
        }
        match self {
            Self::Exact(_, price) if price.money.currency != currency => Err(mismatch("price_id")),
            Self::Exact(_, price) => Ok(price),
            Self::ByInterval(product, interval) => find_price(product, *interval, currency),
        }
    }
}

/// `proration_date` determines the charge, so it must come from a recent preview. On a test clock, where no money
/// moves, any date is accepted.
pub(crate) fn check_proration_date(date: Option<Timestamp>, now: Timestamp, item: &BilledItem) -> Result<(), Problem> {
    let holds = |date: Timestamp| {
        let fresh = date <= now && now.duration_since(date) <= PREVIEW_VALIDITY;
        // An invoice that is newer than the date paid for something that the preview did not know.
        fresh && item.latest_invoice_at.is_none_or(|latest| latest <= date)
    };
    if item.on_test_clock || date.is_none_or(holds) {
        return Ok(());
    }
    Err(preview_expired("proration_date"))
}

/// The preview does not hold any more: `field` of the request shows it.
pub(crate) fn preview_expired(field: &str) -> Problem {
    let detail = "The preview is more than an hour old, or the subscription has changed since; ask for another one.";
    Problem::conflict("preview_expired", detail).with_field(field)
}

fn invalid_request(code: &'static str, detail: &str, field: &str) -> Problem {
    Problem::bad_request(code, detail).with_field(field)
}

fn parse_interval(word: &str) -> Result<Interval, Problem> {
    let detail = "An interval is one of day, week, month and year.";
    Interval::parse(word).ok_or_else(|| invalid_request("invalid_interval", detail, "interval"))
}

/// The current interval if the plan is sold in it, otherwise the first one that the plan is sold in.
fn default_interval(product: &Product, current: &Subscription) -> Option<Interval> {
    let offered = |interval: &Interval| product.prices.iter().any(|price| price.interval == Some(*interval));
    current.interval.filter(offered).or(product.prices.first()?.interval)
}

fn check_for_sale<'a>(product: &'a Product, field: &str) -> Result<&'a Plan, Problem> {
    let detail = match &product.plan {
        Some(plan) if plan.tier == Tier::Paid => return Ok(plan),
        Some(plan) if plan.tier == Tier::Free => "The plan is free: cancel the subscription instead.",
        Some(_) => "The plan has no price; an operator grants it.",
        None => "This is bought once; it is no plan.",
    };
    Err(invalid_request("not_for_sale", detail, field))
}

/// The plan that is subscribed to now; it may be retired.
fn current_plan<'a>(catalog: &'a Catalog, current: &Subscription) -> Option<&'a Plan> {
    catalog.product(current.product.as_ref()?.as_str())?.plan.as_ref()
}

fn find_price(product: &Product, interval: Option<Interval>, currency: Currency) -> Result<&Price, Problem> {
    let mut prices = product.prices.iter().filter(|price| price.interval == interval).peekable();
    if prices.peek().is_none() {
        return Err(invalid_request("no_price_in_interval", "The plan is not sold in this interval.", "interval"));
    }
    let no_price = || invalid_request("no_price_in_currency", "The plan has no price in this currency.", "currency");
    prices.find(|price| price.money.currency == currency).ok_or_else(no_price)
}
