//! Checkout sessions in subscription mode: they save the payment method and create the subscription. Since API
//! version 2025-03-31 the subscription is created after the payment, so a declined card leaves only an open session
//! (<https://docs.stripe.com/changelog/basil/2025-03-31/checkout-legacy-subscription-upgrade>).

use serde_json::{Map, Value};

use crate::rules::billing::creation::{self, StartOptions};
use crate::rules::billing::discounts;
use crate::rules::billing::planned_change::PaymentBehavior;
use crate::rules::coupons::Discount;
use crate::rules::payments::{attempt, payment_methods, test_cards};
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::billing_interval::DAY;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::{subscription, subscription_item};

/// Saves a card without charging it, if the issuer agrees. Authentication, which Stripe may require here, counts as
/// done.
pub(crate) fn save_method(tx: &Tx<'_>, method: &mut Object) -> Result<Option<ApiError>, Error> {
    let card = test_cards::by_token_name(method.hidden_text("card"));
    if let Some(Err(api_error)) = card.map(test_cards::TestCard::check_attachable) {
        return Ok(Some(api_error));
    }
    attempt::mark_set_up(tx, method)?;
    Ok(None)
}

/// Creates the subscription of a session that is being completed. `intent` is its payment.
pub(crate) fn create_subscription(
    tx: &Tx<'_>,
    session: &mut Object,
    method: Option<&str>,
    intent: Option<&Object>,
) -> Result<(), Error> {
    let customer = tx.load_param(ObjectType::Customer, session.text("customer"), "customer")?;
    test_clock::use_clock_of(tx, &customer)?;
    let mut subscription = subscription::blank(tx.now(), &customer, session.text("currency"));
    let lines = session.hidden("lines").as_array().cloned().unwrap_or_default();
    let mut items = Vec::new();
    for line in lines {
        let price = tx.load_param(ObjectType::Price, line["price"]["id"].as_str().unwrap_or_default(), "price")?;
        let quantity = line["quantity"].as_i64().unwrap_or(1);
        items.push(subscription_item::new(tx.now(), subscription.id(), &price, quantity, Map::new()));
    }
    subscription_item::set_items(&mut subscription, items);
    apply_subscription_data(tx, &mut subscription, session.hidden("subscription_data"));
    if let Some(id) = method {
        let mut method = tx.load_param(ObjectType::PaymentMethod, id, "payment_method")?;
        if method.get("customer").is_null() {
            payment_methods::attach(tx, &mut method, customer.id())?;
        }
        subscription.set("default_payment_method", id);
    }
    if let Some(discount) = discount_of(tx, session)? {
        discounts::redeem(tx, &mut subscription, &discount)?;
    }
    let options = StartOptions { payment_behavior: PaymentBehavior::AllowIncomplete, cancel_at: None, payment: intent };
    let created = creation::start(tx, subscription, &options)?;
    session.set("subscription", created.id());
    session.set("invoice", created.get("latest_invoice").clone());
    Ok(())
}

fn apply_subscription_data(tx: &Tx<'_>, subscription: &mut Object, data: &Value) {
    for field in ["description", "metadata", "trial_end", "trial_settings"] {
        if !data[field].is_null() {
            subscription.set(field, data[field].clone());
        }
    }
    if let Some(days) = data["trial_period_days"].as_i64() {
        subscription.set("trial_end", tx.now() + days * DAY);
    }
}

fn discount_of(tx: &Tx<'_>, session: &Object) -> Result<Option<Discount>, Error> {
    let discount = session.pointer("/discounts/0");
    let coupon = tx.find(ObjectType::Coupon, discount["coupon"].as_str().unwrap_or_default())?;
    let promotion_code = discount["promotion_code"].as_str().map(str::to_owned);
    Ok(coupon.map(|coupon| Discount { coupon, promotion_code }))
}
