//! The part of the story that is about subscriptions. They are begun by the API and by the week, so that no calendar month
//! of another length makes other files.

use reqwest::Method;
use serde_json::Value;

use crate::support::app::{Learner, TestApp};
use crate::support::stripe::post;

/// One whose card fails, and one whose bank asks, both for good; a member who pauses, comes back and leaves; one who stays;
/// and a customer who is deleted.
pub(super) async fn come_and_go(app: &TestApp, learner: &Learner) {
    let price = weekly_price(app).await;
    let begin = async |card: &str, more: &[(&str, &str)]| begin(app, learner, &price, card, more).await;

    let failed = begin("pm_card_chargeCustomerFail", &[]).await;
    give_up(app, &failed, "void").await;
    let asked = begin("pm_card_authenticationRequired", &[]).await;
    give_up(app, &asked, "mark_uncollectible").await;

    // A trial of two days is about to end from its beginning.
    let member = begin("pm_card_visa", &[("trial_period_days", "2")]).await;
    let path = format!("/v1/subscriptions/{member}");
    post(app, &path, &[("trial_end", "now")]).await;
    post(app, &format!("{path}/pause"), &[("type", "subscription")]).await;
    post(app, &format!("{path}/resume"), &[]).await;
    schedule(app, &member, &price).await;
    post(app, &path, &[("cancel_at_period_end", "true")]).await;
    app.stripe(Method::DELETE, &path, &[]).await.expect(200);

    begin("pm_card_mastercard", &[]).await;

    let gone = customer(app, learner, "Gone").await;
    app.stripe(Method::DELETE, &format!("/v1/customers/{gone}"), &[]).await.expect(200);
}

/// Settles something for later, and takes it back.
async fn schedule(app: &TestApp, subscription: &str, price: &str) {
    let made = post(app, "/v1/subscription_schedules", &[("from_subscription", subscription)]).await;
    let path = format!("/v1/subscription_schedules/{}", text(&made, "id"));
    let ends = made["phases"][0]["end_date"].to_string();
    let form = [
        ("phases[0][items][0][price]", price),
        ("phases[0][end_date]", &ends),
        ("phases[1][items][0][price]", price),
        ("phases[1][items][0][quantity]", "2"),
        ("phases[1][duration][interval]", "week"),
    ];
    post(app, &path, &form).await;
    post(app, &format!("{path}/release"), &[]).await;
}

/// Gives up the first invoice of a subscription.
async fn give_up(app: &TestApp, subscription: &str, how: &str) {
    let found = app.stripe(Method::GET, &format!("/v1/subscriptions/{subscription}"), &[]).await.expect(200);
    post(app, &format!("/v1/invoices/{}/{how}", text(&found, "latest_invoice")), &[]).await;
}

/// A price of the plan Premium for a week.
async fn weekly_price(app: &TestApp) -> String {
    let found = app.stripe(Method::GET, "/v1/prices", &[("lookup_keys[0]", "premium_month_usd")]).await.expect(200);
    let product = found["data"][0]["product"].as_str().unwrap().to_owned();
    let form =
        [("product", product.as_str()), ("unit_amount", "500"), ("currency", "usd"), ("recurring[interval]", "week")];
    text(&post(app, "/v1/prices", &form).await, "id")
}

/// Its invoices are numbered after the card: Stripe's own prefix is random.
async fn customer(app: &TestApp, learner: &Learner, card: &str) -> String {
    let prefix: String = card.bytes().filter(u8::is_ascii_uppercase).chain(*b"TUITION").map(char::from).collect();
    let form = [
        ("invoice_prefix", prefix.as_str()),
        ("metadata[tuition_app]", "tuition"),
        ("metadata[tuition_user]", learner.user.as_str()),
    ];
    text(&post(app, "/v1/customers", &form).await, "id")
}

async fn begin(app: &TestApp, learner: &Learner, price: &str, card: &str, more: &[(&str, &str)]) -> String {
    let customer = customer(app, learner, card).await;
    let method = post(app, &format!("/v1/payment_methods/{card}/attach"), &[("customer", customer.as_str())]).await;
    let method = text(&method, "id");
    let mut form = vec![
        ("customer", customer.as_str()),
        ("default_payment_method", method.as_str()),
        ("items[0][price]", price),
        ("metadata[tuition_app]", "tuition"),
        ("metadata[tuition_family]", "membership"),
        ("metadata[tuition_price]", price),
        ("metadata[tuition_product]", "premium"),
        ("metadata[tuition_user]", learner.user.as_str()),
    ];
    form.extend(more);
    text(&post(app, "/v1/subscriptions", &form).await, "id")
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap().to_owned()
}
