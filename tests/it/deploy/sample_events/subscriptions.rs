//! The part of the scenario that is about subscriptions. They are begun by the API and by the week, so that no calendar month
//! of another length makes other files.

use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::learner::Learner;

/// One whose card fails, and one whose bank wants an authentication that never comes; one that is paused, resumed and
/// canceled; one that stays; and a customer who is deleted.
pub(super) async fn create_all(app: &TestApp, learner: &Learner) {
    let price = weekly_price(app).await;
    let begin = async |card: &str, more: &[(&str, &str)]| begin(app, learner, &price, card, more).await;

    let failed = begin("pm_card_chargeCustomerFail", &[]).await;
    end_first_invoice(app, &failed, "void").await;
    let unauthenticated = begin("pm_card_authenticationRequired", &[]).await;
    end_first_invoice(app, &unauthenticated, "mark_uncollectible").await;

    // A trial of two days is about to end from its beginning.
    let canceled = begin("pm_card_visa", &[("trial_period_days", "2")]).await;
    let path = format!("/v1/subscriptions/{canceled}");
    app.stripe_post(&path, &[("trial_end", "now")]).await;
    app.stripe_post(&format!("{path}/pause"), &[("type", "subscription")]).await;
    app.stripe_post(&format!("{path}/resume"), &[]).await;
    schedule(app, &canceled, &price).await;
    app.stripe_post(&path, &[("cancel_at_period_end", "true")]).await;
    app.stripe_delete(&path).await;

    begin("pm_card_mastercard", &[]).await;

    let deleted = customer(app, learner, "Gone").await;
    app.stripe_delete(&format!("/v1/customers/{deleted}")).await;
}

/// Schedules a change, and takes it back.
async fn schedule(app: &TestApp, subscription: &str, price: &str) {
    let made = app.stripe_post("/v1/subscription_schedules", &[("from_subscription", subscription)]).await;
    let path = format!("/v1/subscription_schedules/{}", text(&made, "id"));
    let ends = made["phases"][0]["end_date"].to_string();
    let form = [
        ("phases[0][items][0][price]", price),
        ("phases[0][end_date]", &ends),
        ("phases[1][items][0][price]", price),
        ("phases[1][items][0][quantity]", "2"),
        ("phases[1][duration][interval]", "week"),
    ];
    app.stripe_post(&path, &form).await;
    app.stripe_post(&format!("{path}/release"), &[]).await;
}

/// Voids the first invoice of a subscription, or marks it uncollectible.
async fn end_first_invoice(app: &TestApp, subscription: &str, action: &str) {
    let found = app.subscription_at_stripe(subscription).await;
    app.stripe_post(&format!("/v1/invoices/{}/{action}", text(&found, "latest_invoice")), &[]).await;
}

/// A price of the plan Premium for a week.
async fn weekly_price(app: &TestApp) -> String {
    let monthly = app.price_at_stripe("premium_month_usd").await;
    let product = monthly["product"].as_str().unwrap().to_owned();
    let form =
        [("product", product.as_str()), ("unit_amount", "500"), ("currency", "usd"), ("recurring[interval]", "week")];
    text(&app.stripe_post("/v1/prices", &form).await, "id")
}

/// Its invoices are numbered after the card: Stripe's own prefix is random.
async fn customer(app: &TestApp, learner: &Learner, card: &str) -> String {
    let prefix: String = card.bytes().filter(u8::is_ascii_uppercase).chain(*b"TUITION").map(char::from).collect();
    let form = [
        ("invoice_prefix", prefix.as_str()),
        ("metadata[tuition_app]", "tuition"),
        ("metadata[tuition_user]", learner.user.as_str()),
    ];
    text(&app.stripe_post("/v1/customers", &form).await, "id")
}

async fn begin(app: &TestApp, learner: &Learner, price: &str, card: &str, more: &[(&str, &str)]) -> String {
    let customer = customer(app, learner, card).await;
    let method =
        app.stripe_post(&format!("/v1/payment_methods/{card}/attach"), &[("customer", customer.as_str())]).await;
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
    text(&app.stripe_post("/v1/subscriptions", &form).await, "id")
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap().to_owned()
}
