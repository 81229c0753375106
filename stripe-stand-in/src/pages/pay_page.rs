//! The template data of the hosted payment page.

use askama::Template;
use serde_json::Value;

use crate::rules::billing::{amounts, invoice_lines};
use crate::rules::payments::payment_methods::BANK_DEBITS;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::money;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::checkout_session;

/// The payment form and the order summary.
#[derive(Template)]
#[template(path = "pay.html")]
pub(super) struct PayPage {
    session: String,
    lines: Vec<Line>,
    subtotal: String,
    discount: Option<String>,
    /// The promotion code, or the coupon's name, of the discount.
    discount_label: String,
    total: String,
    /// Nothing is due now.
    is_free: bool,
    /// The payer must enter a payment method, to pay or to save it.
    needs_payment_method: bool,
    /// The price of a subscription, with its trial.
    price_text: Option<String>,
    accepts_promotion_codes: bool,
    email: String,
    name: String,
    exp: String,
    by_bank_debit: bool,
    email_is_fixed: bool,
    accepts_card: bool,
    bank_debit: Option<&'static str>,
    cancel_url: Option<String>,
    submit: &'static str,
    error: Option<String>,
}

/// The submitted values that the form may show again.
#[derive(Default)]
pub(super) struct FormValues<'a> {
    pub(super) email: &'a str,
    pub(super) name: &'a str,
    /// The card's expiry.
    pub(super) exp: &'a str,
    pub(super) by_bank_debit: bool,
}

struct Line {
    description: String,
    quantity: i64,
    amount: String,
}

impl PayPage {
    /// The page of an open session, with the error of the last submission, if any.
    pub(super) fn new(
        tx: &Tx<'_>,
        session: &Object,
        error: Option<String>,
        typed: &FormValues<'_>,
    ) -> Result<PayPage, Error> {
        let currency = session.text("currency");
        let price = |amount: i64| money::format(amount, currency);
        let off = session.pointer("/total_details/amount_discount").as_i64().unwrap_or_default();
        let method_types = session.get("payment_method_types");
        let has = |kind: &str| {
            method_types
                .as_array()
                .is_some_and(|method_types| method_types.iter().any(|session_email| session_email == kind))
        };
        let session_email = session.pointer("/customer_details/email").as_str().unwrap_or_default();
        let email = if fixed_email(session).is_some() || typed.email.is_empty() { session_email } else { typed.email };
        Ok(PayPage {
            session: session.id().to_owned(),
            lines: order_lines(session, price),
            subtotal: price(session.int("amount_subtotal")),
            discount: (off > 0).then(|| price(-off)),
            discount_label: discount_label(tx, session)?,
            total: price(session.int("amount_total")),
            is_free: session.int("amount_total") == 0,
            needs_payment_method: session.int("amount_total") > 0
                || checkout_session::always_collects_payment_method(session),
            price_text: checkout_session::is_subscription_mode(session)
                .then(|| subscription_terms(tx, session))
                .transpose()?,
            accepts_promotion_codes: session.flag("allow_promotion_codes"),
            email: email.to_owned(),
            name: typed.name.to_owned(),
            exp: typed.exp.to_owned(),
            by_bank_debit: typed.by_bank_debit && bank_debit_kind(session).is_some(),
            email_is_fixed: fixed_email(session).is_some(),
            accepts_card: has("card"),
            bank_debit: bank_debit_kind(session).map(bank_debit_label),
            cancel_url: session.opt_text("cancel_url").map(str::to_owned),
            submit: match session.text("mode") {
                "subscription" => submit_label("subscribe"),
                _ => submit_label(session.text("submit_type")),
            },
            error,
        })
    }
}

/// The e-mail address that the merchant gave and the payer cannot change.
pub(super) fn fixed_email(session: &Object) -> Option<&str> {
    session.opt_text("customer").or(session.opt_text("customer_email"))?;
    session.pointer("/customer_details/email").as_str()
}

/// The bank debit type that a session accepts, if any.
pub(super) fn bank_debit_kind(session: &Object) -> Option<&'static str> {
    let method_types = session.get("payment_method_types").as_array()?;
    BANK_DEBITS.iter().copied().find(|debit| method_types.iter().any(|kind| kind == debit))
}

/// `$9.99 / month`, or `14 days free, then $9.99 / month`.
fn subscription_terms(tx: &Tx<'_>, session: &Object) -> Result<String, Error> {
    let currency = session.text("currency");
    let mut prices = Vec::new();
    for line in session.hidden("lines").as_array().into_iter().flatten() {
        let amount = money::format(amounts::item_amount(tx, line, currency)?, currency);
        prices.push(format!("{amount} / {}", invoice_lines::interval_text(&line["price"]["recurring"])));
    }
    let prices = prices.join(", ");
    Ok(match session.hidden("subscription_data")["trial_period_days"].as_i64() {
        Some(days) => format!("{days} days free, then {prices}"),
        None if checkout_session::has_trial(session) => format!("Free for now, then {prices}"),
        None => prices,
    })
}

fn bank_debit_label(kind: &str) -> &'static str {
    match kind {
        "sepa_debit" => "SEPA debit",
        "bacs_debit" => "Bacs debit",
        _ => "US bank account",
    }
}

fn submit_label(kind: &str) -> &'static str {
    match kind {
        "book" => "Book",
        "donate" => "Donate",
        "subscribe" => "Subscribe",
        _ => "Pay",
    }
}

fn order_lines(session: &Object, price: impl Fn(i64) -> String) -> Vec<Line> {
    let line = |item: &Value| Line {
        description: item["description"].as_str().unwrap_or("Item").to_owned(),
        quantity: item["quantity"].as_i64().unwrap_or(1),
        amount: price(item["amount_subtotal"].as_i64().unwrap_or_default()),
    };
    session.hidden("lines").as_array().into_iter().flatten().map(line).collect()
}

fn discount_label(tx: &Tx<'_>, session: &Object) -> Result<String, Error> {
    let discount = session.pointer("/discounts/0");
    if let Some(id) = discount["promotion_code"].as_str() {
        let promotion = tx.find(ObjectType::PromotionCode, id)?;
        return Ok(promotion.map(|promotion| promotion.text("code").to_owned()).unwrap_or_default());
    }
    let coupon = tx.find(ObjectType::Coupon, discount["coupon"].as_str().unwrap_or_default())?;
    let name = |coupon: Object| coupon.opt_text("name").unwrap_or(coupon.id()).to_owned();
    Ok(coupon.map(name).unwrap_or_default())
}
