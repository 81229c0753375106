//! Stripe's test clocks.

use serde_json::{Value, json};

use super::account::{Account, id};

const PATH: &str = "/v1/test_helpers/test_clocks";

#[tokio::test]
async fn a_test_clock_affects_only_its_customers() {
    let stripe = Account::open().await;
    let price = stripe.price(2_000, "month", "").await;
    let start = 1_750_000_000;
    let clock = stripe.post(PATH, &format!("frozen_time={start}&name=renewals")).await;
    assert_eq!((&clock["status"], &clock["frozen_time"]), (&json!("ready"), &json!(start)));
    let clock = id(&clock);
    let on_clock = format!("test_clock={clock}&payment_method=pm_card_visa");
    let on_clock = format!("{on_clock}&invoice_settings[default_payment_method]=pm_card_visa");
    let theirs = stripe.post("/v1/customers", &on_clock).await;
    assert_eq!((&theirs["test_clock"], &theirs["created"]), (&json!(clock), &json!(start)));
    let theirs = stripe.subscribe(&id(&theirs), &price, "").await;
    let ours = stripe.subscribe(&stripe.customer("visa").await, &price, "").await;
    assert_eq!((&theirs["created"], &theirs["test_clock"]), (&json!(start), &json!(clock)));

    let end = theirs["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    let advance = format!("{PATH}/{clock}/advance");
    let advancing = stripe.post(&advance, &format!("frozen_time={}", end + 3_600)).await;
    assert_eq!(advancing["status"], "advancing");
    assert_eq!(advancing["status_details"]["advancing"]["target_frozen_time"], end + 3_600);
    let ready = stripe.get(&format!("{PATH}/{clock}")).await;
    assert_eq!((&ready["status"], &ready["frozen_time"]), (&json!("ready"), &json!(end + 3_600)));
    assert_eq!(stripe.event_types().await.last().unwrap(), "test_helpers.test_clock.ready");
    let invoices = |subscription: &Value| format!("/v1/invoices?subscription={}", id(subscription));
    let renewed = stripe.get(&invoices(&theirs)).await;
    let seen = (&renewed["data"][0]["status"], &renewed["data"][0]["created"]);
    assert_eq!(seen, (&json!("paid"), &json!(end)));
    assert_eq!(stripe.get(&invoices(&ours)).await["data"].as_array().unwrap().len(), 1);

    // Changes over the API use the test clock's time, too.
    let canceled = stripe.call("DELETE", &format!("/v1/subscriptions/{}", id(&theirs)), "", None).await;
    assert_eq!(canceled.json::<Value>().await.unwrap()["ended_at"], end + 3_600);
}

#[tokio::test]
async fn a_test_clock_advances_by_a_limited_time() {
    let stripe = Account::open().await;
    let price = stripe.price(2_000, "month", "").await;
    let clock = id(&stripe.post(PATH, "frozen_time=1750000000").await);
    let advance = format!("{PATH}/{clock}/advance");
    assert_eq!(stripe.post_refused(&advance, "frozen_time=1750000000").await.0, 400);
    assert_eq!(stripe.post_refused(&advance, "").await.1["code"], "parameter_missing");
    let customer = id(&stripe.post("/v1/customers", &format!("test_clock={clock}")).await);
    let subscription = stripe.subscribe(&customer, &price, "&trial_period_days=3").await;
    let (status, error) = stripe.post_refused(&advance, "frozen_time=1760000000").await;
    assert_eq!((status, &error["param"]), (400, &json!("frozen_time")));

    let deleted = stripe.call("DELETE", &format!("{PATH}/{clock}"), "", None).await;
    assert_eq!(deleted.json::<Value>().await.unwrap()["deleted"], true);
    assert_eq!(stripe.get(&format!("/v1/customers/{customer}")).await["deleted"], true);
    assert_eq!(stripe.subscription(&id(&subscription)).await["status"], "canceled");
    assert_eq!(stripe.get(PATH).await["data"], json!([]));
}

#[tokio::test]
async fn a_session_of_a_test_clock_customer_uses_the_frozen_time() {
    let stripe = Account::open().await;
    let price = stripe.price(2_000, "month", "").await;
    let clock = id(&stripe.post(PATH, "frozen_time=1750000000").await);
    let customer = id(&stripe.post("/v1/customers", &format!("test_clock={clock}&email=ann@example.com")).await);
    let session = stripe.subscription_session(&price, &format!("&customer={customer}")).await;
    assert_eq!(stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16(), 303);
    let subscription = stripe.get("/v1/subscriptions").await["data"][0].clone();
    assert_eq!(subscription["start_date"], 1_750_000_000);
}
