//! The body of `POST /checkout/payment-intents`, checked against the catalog.

use serde::Deserialize;
use shared::domain::{Catalog, Price};
#[cfg(feature = "openapi")]
use shared::http::openapi::exactly_one_of;
use shared::http::{Problem, WholeNumber};

use crate::find_price::{find_by_course_id, find_by_price_id, parse_currency};
use crate::state::State;
use crate::validated_checkout::{PaymentMode, ValidatedCheckout, invalid_field, wants_credit};

/// The body of `POST /checkout/payment-intents`: a price, or a course and perhaps a currency.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(transform = exactly_one_of(&["price_id", "course_id"])))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreatePaymentIntentRequest {
    /// A price of `GET /catalog` that is paid once. Name one of `price_id` and `course_id`.
    price_id: Option<String>,
    /// A course that is sold on its own.
    course_id: Option<String>,
    /// An ISO 4217 code in upper or lower case.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[A-Za-z]{3}$")))]
    currency: Option<String>,
    /// What the page shows as the price before credit, in minor units. If it is another amount than the catalog's, nothing is created. It never decides
    /// what is charged.
    #[cfg_attr(feature = "openapi", schemars(range(max = 4_294_967_295_u32)))]
    amount: Option<WholeNumber<u32>>,
    /// The code of the learner who recommended it. One that does not count changes nothing, and `referral` says why.
    pub(crate) referral_code: Option<String>,
    /// Whether the learner's credit lowers the price, `true` if nothing is said. What is left is at least what Stripe charges.
    use_credit: Option<bool>,
}

impl CreatePaymentIntentRequest {
    /// Finds the price. Plans are subscribed to by a session.
    pub(crate) fn validate<'a>(self, catalog: &'a Catalog, state: &State) -> Result<ValidatedCheckout<'a>, Problem> {
        let currency = parse_currency(self.currency.as_deref())?;
        let (product, price) = match (&self.price_id, &self.course_id) {
            (Some(price), None) => find_by_price_id(catalog, price, currency)?,
            (None, Some(course)) => find_by_course_id(catalog, course, currency, state.currency)?,
            _ => return Err(invalid_field("Name one of price_id and course_id.", "price_id")),
        };
        if product.plan.is_some() {
            return Err(plan_not_supported());
        }
        check_amount(self.amount.map(|WholeNumber(amount)| i64::from(amount)), price)?;
        Ok(ValidatedCheckout {
            product,
            price,
            family_and_trial: None,
            referrer: None,
            wants_credit: wants_credit(self.use_credit, false)?,
            mode: PaymentMode::PaymentIntent,
        })
    }
}

fn plan_not_supported() -> Problem {
    let detail = "A plan is subscribed to on Stripe's page: POST /checkout/sessions.";
    Problem::bad_request("plan_not_supported", detail).with_field("price_id")
}

/// The page showed another price than the catalog has now.
fn check_amount(requested: Option<i64>, price: &Price) -> Result<(), Problem> {
    let amount = price.money.amount;
    match requested.filter(|requested| *requested != amount) {
        None => Ok(()),
        Some(requested) => {
            let currency = price.money.currency;
            let detail =
                format!("It costs {amount} {currency} in minor units, not {requested}. Read the catalog again.");
            let problem = Problem::bad_request("amount_mismatch", detail).with_field("amount");
            Err(problem.with_member("amount", amount).with_member("requested_amount", requested))
        }
    }
}
