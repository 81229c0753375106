//! Subscriptions over time, with the account's clock advanced.

use serde_json::{Value, json};

use super::account::{Account, id};

/// A subscription of $20 a month with a working card. Returns the customer and the subscription's path.
async fn subscribed(stripe: &Account) -> (String, String) {
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let subscription = stripe.subscribe(&customer, &price, "").await;
    (customer, format!("/v1/subscriptions/{}", id(&subscription)))
}

/// Makes a declining card the customer's default.
async fn break_card(stripe: &Account, customer: &str) {
    let card = stripe.card(customer, "chargeCustomerFail").await;
    let form = format!("invoice_settings[default_payment_method]={card}");
    stripe.post(&format!("/v1/customers/{customer}"), &form).await;
}

async fn newest_invoice(stripe: &Account) -> Value {
    stripe.get("/v1/invoices?limit=1").await["data"][0].clone()
}

async fn until(stripe: &Account, time: &Value) {
    stripe.post("/_stand_in/clock/advance", &format!("until={time}")).await;
}

#[tokio::test]
async fn a_renewal_invoice_is_charged_an_hour_after_its_draft() {
    let stripe = Account::open().await;
    let (_, path) = subscribed(&stripe).await;
    let first = stripe.get(&path).await;
    let end = first["items"]["data"][0]["current_period_end"].clone();
    let earlier = stripe.event_types().await;
    until(&stripe, &end).await;
    assert_eq!(
        stripe.event_types_since(&earlier).await,
        ["invoice.upcoming", "customer.subscription.updated", "invoice.created"]
    );
    let renewed = stripe.get(&path).await;
    assert_eq!(renewed["status"], "active");
    assert_eq!(renewed["items"]["data"][0]["current_period_start"], end);
    let draft = newest_invoice(&stripe).await;
    let seen = (&draft["status"], &draft["billing_reason"], &draft["created"], &draft["period_end"]);
    assert_eq!(seen, (&json!("draft"), &json!("subscription_cycle"), &end, &end));
    assert_eq!(draft["automatically_finalizes_at"], end.as_i64().unwrap() + 3_600);

    let earlier = stripe.event_types().await;
    stripe.post("/_stand_in/clock/advance", "seconds=3600").await;
    let expected = [
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "charge.updated",
    ];
    assert_eq!(stripe.event_types_since(&earlier).await, expected);
    let updated = stripe.get("/v1/events?type=customer.subscription.updated").await;
    let event = &updated["data"][0];
    assert_eq!(event["created"], end);
    let before = &event["data"]["previous_attributes"]["items"]["data"][0];
    assert_eq!(before["current_period_end"], end);
}

#[tokio::test]
async fn a_year_makes_twelve_renewal_invoices() {
    let stripe = Account::open().await;
    let (_, path) = subscribed(&stripe).await;
    stripe.advance_days(366).await;
    let invoices = stripe.get(&format!("/v1/invoices?limit=100&subscription={}", &path[18..])).await;
    let invoices = invoices["data"].as_array().unwrap();
    assert_eq!(invoices.len(), 13);
    let paid = invoices.iter().filter(|invoice| invoice["status"] == "paid").count();
    assert_eq!(paid, 13, "{invoices:#?}");
    let numbers: std::collections::BTreeSet<_> = invoices.iter().map(|invoice| invoice["number"].as_str()).collect();
    assert_eq!(numbers.len(), 13);
}

#[tokio::test]
async fn a_failed_renewal_is_retried_and_then_canceled() {
    for (choice, last) in [("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")] {
        let stripe = Account::open().await;
        stripe.post(&format!("/_stand_in/settings/after_failed_payments/{choice}"), "").await;
        let (customer, path) = subscribed(&stripe).await;
        break_card(&stripe, &customer).await;
        let end = stripe.get(&path).await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
        until(&stripe, &json!(end + 3_600)).await;
        let mut attempts = 1;
        while let Some(next) = newest_invoice(&stripe).await["next_payment_attempt"].as_i64() {
            assert_eq!(stripe.get(&path).await["status"], "past_due");
            assert_eq!(newest_invoice(&stripe).await["attempt_count"], attempts);
            until(&stripe, &json!(next)).await;
            attempts += 1;
        }
        assert_eq!(attempts, 4);
        let ended = stripe.get(&path).await;
        assert_eq!(ended["status"], last);
        let failed = stripe.get("/v1/events?type=invoice.payment_failed").await;
        assert_eq!(failed["data"].as_array().unwrap().len(), 4);
        if choice == "cancel" {
            assert_eq!(ended["cancellation_details"]["reason"], "payment_failed");
        }
        if choice == "unpaid" {
            // The next period is drafted and not charged.
            stripe.advance_days(31).await;
            let draft = newest_invoice(&stripe).await;
            assert_eq!((&draft["status"], &draft["auto_advance"]), (&json!("draft"), &json!(false)));
        }
    }
}

#[tokio::test]
async fn a_seed_spreads_the_retries_of_failed_payments() {
    let retries = "/_stand_in/payment_retries";
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let stripe = Account::open().await;
        stripe.post(retries, &format!("schedule=2d..4d,4d..6d&seed={seed}")).await;
        let (customer, path) = subscribed(&stripe).await;
        break_card(&stripe, &customer).await;
        let end = stripe.get(&path).await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
        let mut attempt = end + 3_600;
        let mut delays = Vec::new();
        until(&stripe, &json!(attempt)).await;
        while let Some(next) = newest_invoice(&stripe).await["next_payment_attempt"].as_i64() {
            delays.push(next - attempt);
            attempt = next;
            until(&stripe, &json!(attempt)).await;
        }
        assert_eq!(stripe.get(&path).await["status"], "canceled");
        runs.push(delays);
    }
    assert!(runs[0] == runs[1] && runs[0] != runs[2], "{runs:?}");
    for delays in &runs {
        assert_eq!(delays.len(), 2);
        assert!((2 * 86_400..=4 * 86_400).contains(&delays[0]) && (4 * 86_400..=6 * 86_400).contains(&delays[1]));
    }

    let stripe = Account::open().await;
    stripe.post(retries, "schedule=none").await;
    assert_eq!(stripe.get(retries).await, json!({ "schedule": "none", "seed": 0 }));
    assert_eq!(stripe.post(retries, "").await, json!({ "schedule": "3d,5d,7d", "seed": 0 }));
    assert_eq!(stripe.post_refused(retries, "schedule=4d..2d").await.1["param"], "schedule");
    assert_eq!(stripe.post_refused(retries, "seed=x").await.1["param"], "seed");
}

#[tokio::test]
async fn a_new_card_is_charged_by_the_next_retry() {
    let stripe = Account::open().await;
    let (customer, path) = subscribed(&stripe).await;
    break_card(&stripe, &customer).await;
    stripe.advance_days(32).await;
    assert_eq!(stripe.get(&path).await["status"], "past_due");
    let good = stripe.card(&customer, "visa").await;
    stripe.post(&path, &format!("default_payment_method={good}")).await;
    assert_eq!(stripe.get(&path).await["status"], "past_due");
    stripe.advance_days(3).await;
    assert_eq!(stripe.get(&path).await["status"], "active");
    let invoice = newest_invoice(&stripe).await;
    assert_eq!((&invoice["status"], &invoice["attempt_count"]), (&json!("paid"), &json!(2)));
}

#[tokio::test]
async fn a_trial_ends_with_a_reminder_and_a_payment() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let path = format!("/v1/subscriptions/{}", id(&stripe.subscribe(&customer, &price, "&trial_period_days=14").await));
    let told = "customer.subscription.trial_will_end".to_owned();
    stripe.advance_days(10).await;
    assert!(!stripe.event_types().await.contains(&told));
    stripe.advance_days(1).await;
    assert!(stripe.event_types().await.contains(&told));
    stripe.advance_days(3).await;
    assert_eq!(stripe.get(&path).await["status"], "active");
    assert_eq!(newest_invoice(&stripe).await["status"], "draft");
    stripe.advance_days(1).await;
    let invoice = newest_invoice(&stripe).await;
    assert_eq!((&invoice["status"], &invoice["amount_paid"]), (&json!("paid"), &json!(2_000)));
    assert_eq!(stripe.event_types().await.iter().filter(|event| **event == told).count(), 1);
}

#[tokio::test]
async fn a_trial_without_a_card_follows_its_end_behavior() {
    for (behavior, status) in [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")] {
        let stripe = Account::open().await;
        let customer = id(&stripe.post("/v1/customers", "").await);
        let price = stripe.price(2_000, "month", "").await;
        let settings = format!("&trial_period_days=14&trial_settings[end_behavior][missing_payment_method]={behavior}");
        let path = format!("/v1/subscriptions/{}", id(&stripe.subscribe(&customer, &price, &settings).await));
        stripe.advance_days(15).await;
        assert_eq!(stripe.get(&path).await["status"], status);
        stripe.advance_days(40).await;
        let invoices = stripe.get("/v1/invoices").await["data"].as_array().unwrap().len();
        assert_eq!(invoices > 1, behavior == "create_invoice", "{behavior}: {invoices}");
    }
}

#[tokio::test]
async fn an_unpaid_first_invoice_or_update_expires_after_a_day() {
    let stripe = Account::open().await;
    let customer = stripe.customer("chargeCustomerFail").await;
    let price = stripe.price(2_000, "month", "").await;
    let path = format!("/v1/subscriptions/{}", id(&stripe.subscribe(&customer, &price, "").await));
    stripe.post("/_stand_in/clock/advance", "seconds=82700").await;
    assert_eq!(stripe.get(&path).await["status"], "incomplete");
    stripe.post("/_stand_in/clock/advance", "seconds=200").await;
    assert_eq!(stripe.get(&path).await["status"], "incomplete_expired");
    assert_eq!(newest_invoice(&stripe).await["status"], "void");

    // A pending update expires in the same way.
    let (customer, path) = subscribed(&stripe).await;
    let broken = stripe.card(&customer, "chargeCustomerFail").await;
    let item = stripe.get(&path).await["items"]["data"][0]["id"].clone();
    stripe.post(&path, &format!("default_payment_method={broken}")).await;
    let swap = format!("items[0][id]={}&items[0][quantity]=3", item.as_str().unwrap());
    let behavior = "proration_behavior=always_invoice&payment_behavior=pending_if_incomplete";
    stripe.post(&path, &format!("{swap}&{behavior}")).await;
    stripe.advance_days(1).await;
    let after = stripe.get(&path).await;
    assert_eq!((&after["pending_update"], &after["items"]["data"][0]["quantity"]), (&Value::Null, &json!(1)));
    assert_eq!(newest_invoice(&stripe).await["status"], "void");
    assert!(stripe.event_types().await.contains(&"customer.subscription.pending_update_expired".to_owned()));
}

#[tokio::test]
async fn a_scheduled_cancellation_happens() {
    for form in ["cancel_at_period_end=true", "cancel_at=max_period_end"] {
        let stripe = Account::open().await;
        let (_, path) = subscribed(&stripe).await;
        let end = stripe.post(&path, form).await["cancel_at"].as_i64().unwrap();
        until(&stripe, &json!(end - 100)).await;
        assert_eq!(stripe.get(&path).await["status"], "active");
        until(&stripe, &json!(end)).await;
        let ended = stripe.get(&path).await;
        assert_eq!((&ended["status"], &ended["ended_at"]), (&json!("canceled"), &json!(end)));
        assert_eq!(stripe.get("/v1/invoices").await["data"].as_array().unwrap().len(), 1);
        assert_eq!(stripe.event_types().await.last().unwrap(), "customer.subscription.deleted");
    }
}

#[tokio::test]
async fn prorations_wait_for_the_next_invoice() {
    let stripe = Account::open().await;
    let (_, path) = subscribed(&stripe).await;
    let before = stripe.get(&path).await;
    let item = &before["items"]["data"][0];
    let time = |field: &str| item[field].as_i64().unwrap();
    let (start, end) = (time("current_period_start"), time("current_period_end"));
    until(&stripe, &json!(start + (end - start) / 2)).await;
    let dear = stripe.price(6_000, "month", "").await;
    stripe.post(&path, &format!("items[0][id]={}&items[0][price]={dear}", id(item))).await;
    until(&stripe, &json!(end + 3_600)).await;
    let invoice = newest_invoice(&stripe).await;
    let amounts: Vec<_> = invoice["lines"]["data"].as_array().unwrap().iter().map(|line| &line["amount"]).collect();
    assert_eq!(amounts, [&json!(-1_000), &json!(3_000), &json!(6_000)]);
    assert_eq!(invoice["amount_paid"], 8_000);
}

#[tokio::test]
async fn collection_can_be_paused_until_a_day() {
    for (behavior, status) in [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")] {
        let stripe = Account::open().await;
        let (_, path) = subscribed(&stripe).await;
        let resumes = stripe.get(&path).await["created"].as_i64().unwrap() + 45 * 86_400;
        let form = format!("pause_collection[behavior]={behavior}&pause_collection[resumes_at]={resumes}");
        stripe.post(&path, &form).await;
        stripe.advance_days(32).await;
        assert_eq!(newest_invoice(&stripe).await["status"], status);
        assert_eq!(stripe.get(&path).await["status"], "active");
        stripe.advance_days(31).await;
        assert_eq!(stripe.get(&path).await["pause_collection"], Value::Null);
        assert_eq!(newest_invoice(&stripe).await["status"], "paid");
    }
}

#[tokio::test]
async fn the_time_survives_a_restart() {
    let folder = std::env::temp_dir().join(format!("tuition-time-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("stripe.sqlite");
    let stripe = Account::open_file(Some(file.clone())).await;
    let (_, path) = subscribed(&stripe).await;
    stripe.advance_days(32).await;
    stripe.stand_in.shutdown().await;
    let again = Account::open_file(Some(file)).await;
    assert!(again.stand_in.clock().offset_seconds() >= 32 * 86_400);
    assert_eq!(again.get(&path).await["status"], "active");
    assert_eq!(again.get("/v1/invoices").await["data"].as_array().unwrap().len(), 2);
    std::fs::remove_dir_all(folder).unwrap();
}
