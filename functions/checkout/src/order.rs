//! An order: what is to be bought, checked against the catalog. Amounts come from there and from nowhere else.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::domain::{Catalog, Category, CourseId, Currency, Fact, Payable, Price, Product, Purchase};
use shared::http::Problem;

use crate::State;

/// The body of `POST /checkout/sessions`: a price, or a course and perhaps a currency.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    price_id: Option<String>,
    course_id: Option<String>,
    currency: Option<String>,
    promotion_code: Option<String>,
    success_url: Option<String>,
    cancel_url: Option<String>,
}

/// A wish that can be granted.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) product: &'a Product,
    pub(crate) price: &'a Price,
    pub(crate) promotion_code: Option<String>,
    pub(crate) success_url: String,
    pub(crate) cancel_url: String,
}

impl<'a> Order<'a> {
    pub(crate) fn read(wish: Wish, catalog: &'a Catalog, state: &State) -> Result<Self, Problem> {
        let currency = wish.currency.as_deref().map(Currency::parse).transpose().map_err(|error| {
            Problem::bad_request("invalid_currency", "A currency is a three-letter ISO 4217 code.")
                .at("currency")
                .because(error)
        })?;
        let (product, price) = match (&wish.price_id, &wish.course_id) {
            (Some(price), None) => by_price(catalog, price, currency)?,
            (None, Some(course)) => by_course(catalog, course, currency, state.currency)?,
            _ => return Err(Problem::bad_request("invalid_field", "Name either price_id or course_id.").at("price_id")),
        };
        let promotion_code = wish.promotion_code.map(checked_code).transpose()?;
        let home = state.origins.first();
        let success_url = wish.success_url.unwrap_or_else(|| format!("{home}/?session_id={{CHECKOUT_SESSION_ID}}"));
        let cancel_url = wish.cancel_url.unwrap_or_else(|| format!("{home}/"));
        for (field, url) in [("success_url", &success_url), ("cancel_url", &cancel_url)] {
            if !state.origins.admit(url) {
                return Err(Problem::bad_request("url_not_allowed", "The URL is not on APP_ORIGINS.").at(field));
            }
        }
        Ok(Self { product, price, promotion_code, success_url, cancel_url })
    }

    /// Refuses what would be paid for twice: every course of the product is bought, or its payment is on its way, by
    /// this product or by another one that opens it.
    pub(crate) fn check_not_owned(&self, catalog: &Catalog, facts: &[Fact]) -> Result<(), Problem> {
        let purchases = || facts.iter().filter_map(Fact::purchase);
        let holds = |course: &CourseId| {
            let opens = |purchase: &&Purchase| catalog.opening(course).contains(&purchase.product);
            let owned = purchases().filter(opens).find(|purchase| purchase.is_owned());
            owned.or_else(|| purchases().filter(opens).find(|purchase| purchase.is_pending()))
        };
        let held: Option<Vec<&Purchase>> = self.product.courses.iter().map(holds).collect();
        match held {
            None => Ok(()),
            Some(held) if held.iter().any(|purchase| purchase.is_pending()) => {
                let detail = "A payment for this product is on its way; it opens when the money arrives.";
                Err(Problem::conflict("payment_pending", detail))
            }
            Some(_) => Err(Problem::conflict("already_owned", "The learner has bought this already.")),
        }
    }

    /// What the learner may have at most one open way to pay for.
    pub(crate) fn payable(&self) -> Payable {
        Payable::Product(self.product.id.clone())
    }

    /// Tells sessions with other parameters apart.
    pub(crate) fn fingerprint(&self) -> String {
        let promotion = self.promotion_code.as_deref().unwrap_or_default();
        digest(&[self.price.id.as_str(), promotion, &self.success_url, &self.cancel_url])
    }
}

/// 128 bits of SHA-256 over the parts, in hex: short enough for an idempotency key.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..16])
}

fn by_price<'a>(
    catalog: &'a Catalog,
    id: &str,
    currency: Option<Currency>,
) -> Result<(&'a Product, &'a Price), Problem> {
    let unknown = || Problem::bad_request("unknown_price", "No product has this price.").at("price_id");
    let (product, price) = catalog.price(id).ok_or_else(unknown)?;
    if product.plan.is_some() {
        let detail = "A plan is subscribed to; it cannot be bought once.";
        return Err(Problem::bad_request("not_for_sale", detail).at("price_id"));
    }
    if currency.is_some_and(|currency| currency != price.money.currency) {
        let detail = "The price is in another currency.";
        return Err(Problem::bad_request("currency_mismatch", detail).at("currency"));
    }
    Ok((product, price))
}

fn by_course<'a>(
    catalog: &'a Catalog,
    id: &str,
    currency: Option<Currency>,
    default: Currency,
) -> Result<(&'a Product, &'a Price), Problem> {
    let refuse = |code, detail: &str, field: &str| Problem::bad_request(code, detail).at(field);
    let course = catalog.course(id).ok_or_else(|| refuse("unknown_course", "There is no such course.", "course_id"))?;
    if course.category == Category::Free {
        return Err(refuse("not_for_sale", "The course is free: every signed-in learner may open it.", "course_id"));
    }
    let not_alone = || refuse("not_for_sale", "The course is not sold on its own; name a price_id.", "course_id");
    let product = catalog.sold_alone(&course.id).ok_or_else(not_alone)?;
    let price = match currency {
        Some(currency) => product.price_in(currency),
        None => product.price_in(default).or(product.prices.first()),
    };
    let no_price = || refuse("no_price_in_currency", "The course has no price in this currency.", "currency");
    Ok((product, price.ok_or_else(no_price)?))
}

fn checked_code(code: String) -> Result<String, Problem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=200).contains(&code.len()) && code.bytes().all(allowed) { Ok(code) } else { Err(unknown_code()) }
}

/// The learner may have mistyped it.
pub(crate) fn unknown_code() -> Problem {
    Problem::bad_request("invalid_promotion_code", "The promotion code does not apply.").at("promotion_code")
}
