//! The card fields of the hosted pages. Their values are used once, and neither stored nor logged.

use serde_json::json;

use crate::rules::payments::payment_methods::{self, Expiry};
use crate::rules::payments::test_cards;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;

/// The submitted card fields.
pub(super) struct CardForm<'a> {
    pub(super) number: &'a str,
    /// `MM/YY` or `MM/YYYY`.
    pub(super) exp: &'a str,
    pub(super) cvc: &'a str,
    pub(super) email: &'a str,
    pub(super) name: &'a str,
}

impl CardForm<'_> {
    /// Creates a payment method. Errors are Stripe's, for the field that is wrong.
    pub(super) fn create_method(&self, tx: &Tx<'_>) -> Result<Object, Error> {
        let card = test_cards::by_number(self.number)?;
        let expiry = expiry(self.exp, tx.now())?;
        if !(3..=4).contains(&self.cvc.len()) || !self.cvc.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = "Your card's security code is invalid.";
            return Err(ApiError::card_error("invalid_cvc", None, message).with_param("cvc").into());
        }
        payment_methods::create_card(tx, card, expiry, billing_details(self.email, self.name))
    }
}

/// Billing details from an e-mail address and a name. Both may be empty.
pub(super) fn billing_details(email: &str, name: &str) -> serde_json::Value {
    let mut billing = payment_methods::empty_billing_details();
    billing["email"] = json!(Some(email.trim()).filter(|email| !email.is_empty()));
    billing["name"] = json!(Some(name.trim()).filter(|name| !name.is_empty()));
    billing
}

fn expiry(typed: &str, now: i64) -> Result<Expiry, ApiError> {
    let parts =
        typed.split_once('/').and_then(|(month, year)| Some((month.trim().parse().ok()?, year.trim().parse().ok()?)));
    let incomplete =
        || ApiError::card_error("invalid_expiry_month", None, "Your card's expiration date is incomplete.");
    let (month, year) = parts.ok_or_else(incomplete)?;
    Expiry::new(month, year, now)
}
