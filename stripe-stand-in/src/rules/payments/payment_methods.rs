//! Payment methods: test cards, bank debits and bank transfers. A card number is read once and never stored.

use serde_json::{Value, json};

use crate::rules::payments::test_cards::{self, TestCard};
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// The types of bank debit that the stand-in supports.
pub(crate) const BANK_DEBITS: &[&str] = &["us_bank_account", "sepa_debit", "bacs_debit"];

/// The settlement of a bank debit that a test action settles.
pub(crate) const SETTLES_MANUALLY: &str = "by_hand";

/// Creates a payment method of a test card.
pub(crate) fn create_card(tx: &Tx<'_>, card: &TestCard, expiry: Expiry, billing: Value) -> Result<Object, Error> {
    let fields = json!({
        "allow_redisplay": "unspecified",
        "billing_details": billing,
        "card": {
            "brand": card.brand,
            "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
            "country": "US",
            "display_brand": card.brand,
            "exp_month": expiry.month,
            "exp_year": expiry.year,
            "fingerprint": format!("StandIn{}", card.last4()),
            "funding": "credit",
            "generated_from": null,
            "last4": card.last4(),
            "networks": { "available": [card.brand], "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        },
        "created": tx.now(),
        "customer": null,
        "customer_account": null,
        "metadata": {},
        "type": "card",
    });
    let mut method = Object::new(ObjectType::PaymentMethod, ObjectType::PaymentMethod.new_id(), fields);
    method.set_hidden("card", card.name());
    tx.insert(&method)?;
    Ok(method)
}

/// Creates a bank debit of one of [`BANK_DEBITS`]. `outcome` is `by_hand`, `succeeds` or `fails`.
pub(crate) fn create_bank_debit(
    tx: &Tx<'_>,
    kind: &str,
    last4: &str,
    outcome: &str,
    billing: Value,
) -> Result<Object, Error> {
    let details = match kind {
        "us_bank_account" => json!({
            "account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK",
            "fingerprint": "StandInBank", "last4": last4, "routing_number": "110000000",
        }),
        "sepa_debit" => json!({
            "bank_code": "19043", "branch_code": "", "country": "AT", "fingerprint": "StandInBank",
            "generated_from": { "charge": null, "setup_attempt": null }, "last4": last4,
        }),
        _ => json!({ "fingerprint": "StandInBank", "last4": last4, "sort_code": "108800" }),
    };
    let mut method = Object::new(
        ObjectType::PaymentMethod,
        ObjectType::PaymentMethod.new_id(),
        json!({
            "allow_redisplay": "unspecified",
            "billing_details": billing,
            "created": tx.now(),
            "customer": null,
            "customer_account": null,
            "metadata": {},
            "type": kind,
        }),
    );
    method.set(kind, details);
    method.set_hidden("settles", outcome);
    tx.insert(&method)?;
    Ok(method)
}

/// Creates a payment method that pays from the customer's cash balance.
pub(crate) fn create_customer_balance(tx: &Tx<'_>, billing: Value) -> Result<Object, Error> {
    let fields = json!({
        "allow_redisplay": "unspecified",
        "billing_details": billing,
        "created": tx.now(),
        "customer": null,
        "customer_account": null,
        "customer_balance": {},
        "metadata": {},
        "type": "customer_balance",
    });
    let method = Object::new(ObjectType::PaymentMethod, ObjectType::PaymentMethod.new_id(), fields);
    tx.insert(&method)?;
    Ok(method)
}

/// Creates the bank debit of the hosted page, which a test action settles.
pub(crate) fn create_page_bank_debit(tx: &Tx<'_>, kind: &str, billing: Value) -> Result<Object, Error> {
    create_bank_debit(tx, kind, "6789", SETTLES_MANUALLY, billing)
}

/// A card's expiry.
#[derive(Clone, Copy)]
pub(crate) struct Expiry {
    month: i64,
    year: i64,
}

impl Expiry {
    /// Checks a month and a year of two or four digits against the time `now` in unix seconds.
    pub(crate) fn new(month: i64, year: i64, now: i64) -> Result<Expiry, ApiError> {
        let year = if year < 100 { year + 2000 } else { year };
        let today = jiff::Timestamp::from_second(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
        if !(1..=12).contains(&month) {
            let message = "Your card's expiration month is invalid.";
            return Err(ApiError::card_error("invalid_expiry_month", None, message).with_param("exp_month"));
        }
        let (this_year, this_month) = (i64::from(today.year()), i64::from(today.month()));
        if year > this_year + 50 || (year, month) < (this_year, this_month) {
            let message = "Your card's expiration year is invalid.";
            return Err(ApiError::card_error("invalid_expiry_year", None, message).with_param("exp_year"));
        }
        Ok(Expiry { month, year })
    }

    /// The month, from 1.
    pub(crate) fn month(self) -> i64 {
        self.month
    }

    /// The year, with four digits.
    pub(crate) fn year(self) -> i64 {
        self.year
    }

    /// An expiry one year from now, for tokens.
    pub(crate) fn for_token(now: i64) -> Expiry {
        let today = jiff::Timestamp::from_second(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
        Expiry { month: i64::from(today.month()), year: i64::from(today.year()) + 1 }
    }
}

/// Loads a payment method by id. A token such as `pm_card_visa` creates a new one.
pub(crate) fn resolve(tx: &Tx<'_>, id: &str, param: &str) -> Result<Object, Error> {
    match id.strip_prefix("pm_card_").and_then(test_cards::by_token_name) {
        Some(found) => create_card(tx, found, Expiry::for_token(tx.now()), empty_billing_details()),
        None => tx.load_param(ObjectType::PaymentMethod, id, param),
    }
}

/// Creates a payment method from a token such as `tok_visa`.
pub(crate) fn create_from_token(tx: &Tx<'_>, token: &str) -> Result<Object, Error> {
    let found = token.strip_prefix("tok_").and_then(test_cards::by_token_name);
    let message = || ApiError::invalid_request(format!("No such token: '{token}'")).with_code("resource_missing");
    create_card(tx, found.ok_or_else(message)?, Expiry::for_token(tx.now()), empty_billing_details())
}

/// Attaches a payment method to a customer, if the issuer agrees and no other customer has it.
pub(crate) fn attach(tx: &Tx<'_>, method: &mut Object, customer: &str) -> Result<(), Error> {
    if method.opt_text("customer").is_some_and(|owner| owner != customer) {
        let message = "The payment method you provided has already been attached to a customer.";
        return Err(ApiError::invalid_request(message).with_code("resource_already_exists").into());
    }
    if method.text("type") == "customer_balance" {
        let message = "PaymentMethods of type customer_balance cannot be attached to a customer.";
        return Err(ApiError::invalid_request(message).with_param("payment_method").into());
    }
    if let Some(card) = test_cards::by_token_name(method.hidden_text("card")) {
        card.check_attachable()?;
    }
    method.set("customer", customer);
    tx.save(method)?;
    tx.emit("payment_method.attached", method)
}

/// Refuses a payment method that is not attached to `customer`.
pub(crate) fn require_attached_to(tx: &Tx<'_>, id: &str, customer: &str, param: &str) -> Result<(), Error> {
    let method = tx.load_param(ObjectType::PaymentMethod, id, param)?;
    if method.text("customer") == customer {
        return Ok(());
    }
    let message = format!(
        "The customer does not have a payment method with the ID {id}. The payment method must be attached to the \
         customer."
    );
    Err(ApiError::invalid_request(message).with_code("resource_missing").with_param(param).into())
}

/// Billing details with every field null.
pub(crate) fn empty_billing_details() -> Value {
    json!({ "address": empty_address(), "email": null, "name": null, "phone": null, "tax_id": null })
}

/// An address with every field null.
pub(crate) fn empty_address() -> Value {
    json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null })
}
