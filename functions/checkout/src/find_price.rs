//! What a request names: one price of one product or plan.

use shared::domain::{Catalog, Category, Currency, Interval, Plan, Price, Product, Tier};
use shared::http::Problem;

/// A product and what it is to cost.
pub(crate) type ProductAndPrice<'a> = (&'a Product, &'a Price);

fn invalid_request(code: &'static str, detail: &str, field: &str) -> Problem {
    Problem::bad_request(code, detail).with_field(field)
}

/// `currency`, in upper or lower case.
pub(crate) fn parse_currency(currency: Option<&str>) -> Result<Option<Currency>, Problem> {
    currency.map(Currency::parse).transpose().map_err(|error| {
        invalid_request("invalid_currency", "A currency is a three-letter ISO 4217 code.", "currency").with_cause(error)
    })
}

/// `price_id`, whatever it is the price of.
pub(crate) fn find_by_price_id<'a>(
    catalog: &'a Catalog,
    id: &str,
    currency: Option<Currency>,
) -> Result<ProductAndPrice<'a>, Problem> {
    let unknown = || invalid_request("unknown_price", "No product has this price.", "price_id");
    let (product, price) = catalog.price(id).ok_or_else(unknown)?;
    if currency.is_some_and(|currency| currency != price.money.currency) {
        return Err(invalid_request("currency_mismatch", "The price is in another currency.", "currency"));
    }
    Ok((product, price))
}

/// `course_id`, and perhaps a currency.
pub(crate) fn find_by_course_id<'a>(
    catalog: &'a Catalog,
    id: &str,
    currency: Option<Currency>,
    default: Currency,
) -> Result<ProductAndPrice<'a>, Problem> {
    let course =
        catalog.course(id).ok_or_else(|| invalid_request("unknown_course", "There is no such course.", "course_id"))?;
    if course.category == Category::Free {
        return Err(invalid_request(
            "not_for_sale",
            "The course is free: every signed-in learner may open it.",
            "course_id",
        ));
    }
    let not_alone =
        || invalid_request("not_for_sale", "The course is not sold on its own; name a price_id.", "course_id");
    let product = catalog.single_course_product(&course.id).ok_or_else(not_alone)?;
    let price = in_currency(&product.prices, currency, default);
    let no_price = || invalid_request("no_price_in_currency", "The course has no price in this currency.", "currency");
    Ok((product, price.ok_or_else(no_price)?))
}

/// `plan_id`, and perhaps an interval (a month, if it is sold by the month) and a currency.
pub(crate) fn find_by_plan_id<'a>(
    catalog: &'a Catalog,
    id: &str,
    interval: Option<&str>,
    currency: Option<Currency>,
    default: Currency,
) -> Result<ProductAndPrice<'a>, Problem> {
    let unknown = || invalid_request("unknown_plan", "There is no such plan.", "plan_id");
    let (product, plan) = catalog.plans().find(|(product, _)| product.id.as_str() == id).ok_or_else(unknown)?;
    check_plan_is_for_sale(plan)?;
    let interval = match interval {
        Some(word) => Some(Interval::parse(word).ok_or_else(|| {
            invalid_request("invalid_interval", "An interval is one of day, week, month and year.", "interval")
        })?),
        None => None,
    };
    let offered = |interval: Interval| product.prices.iter().any(|price| price.interval == Some(interval));
    let usual = || Some(Interval::Month).filter(|month| offered(*month)).or(product.prices.first()?.interval);
    let wanted = interval.or_else(usual);
    let prices: Vec<&Price> = product.prices.iter().filter(|price| price.interval == wanted).collect();
    if prices.is_empty() {
        return Err(invalid_request("no_price_in_interval", "The plan is not sold in this interval.", "interval"));
    }
    let price = in_currency(prices, currency, default);
    let no_price = || invalid_request("no_price_in_currency", "The plan has no price in this currency.", "currency");
    Ok((product, price.ok_or_else(no_price)?))
}

fn check_plan_is_for_sale(plan: &Plan) -> Result<(), Problem> {
    let detail = match plan.tier {
        Tier::Paid => return Ok(()),
        Tier::Free => "The plan is free: every learner has it.",
        Tier::Contact => "The plan has no price; an operator grants it.",
    };
    Err(invalid_request("not_for_sale", detail, "plan_id"))
}

/// The price in the wanted currency, or else in the default one, or else any.
fn in_currency<'a>(
    prices: impl IntoIterator<Item = &'a Price>,
    wanted: Option<Currency>,
    default: Currency,
) -> Option<&'a Price> {
    let prices: Vec<&Price> = prices.into_iter().collect();
    let find = |currency: Currency| prices.iter().copied().find(|price| price.money.currency == currency);
    match wanted {
        Some(currency) => find(currency),
        None => find(default).or_else(|| prices.first().copied()),
    }
}
