//! Changes of subscriptions, their prorations, and cancellations.

use serde_json::{Value, json};

use super::account::{Account, id};

#[tokio::test]
async fn a_plan_change_follows_proration_behavior() {
    let cases = [("create_prorations", 2_000, None), ("always_invoice", 2_000, Some("paid")), ("none", 2_000, None)];
    for (behavior, _, invoiced) in cases {
        let stripe = Account::open().await;
        let customer = stripe.customer("visa").await;
        let (cheap, expensive) = (stripe.price(2_000, "month", "").await, stripe.price(5_000, "month", "").await);
        let before = stripe.subscribe(&customer, &cheap, "").await;
        let item = before["items"]["data"][0]["id"].as_str().unwrap();
        let swap = format!("items[0][id]={item}&items[0][price]={expensive}&proration_behavior={behavior}");
        let after = stripe.post(&format!("/v1/subscriptions/{}", id(&before)), &swap).await;
        assert_eq!(after["items"]["data"][0]["price"]["id"], expensive.as_str());
        assert_eq!(after["items"]["data"][0]["id"], item);
        let waiting = stripe.get("/v1/invoiceitems?pending=true").await["data"].as_array().unwrap().len();
        let expected = if behavior == "create_prorations" { 2 } else { 0 };
        assert_eq!(waiting, expected, "{behavior}");
        let newest = stripe.get("/v1/invoices").await["data"][0].clone();
        assert_eq!(newest["billing_reason"] == "subscription_update", invoiced.is_some(), "{behavior}");
        if invoiced.is_some() {
            // Nothing of the period has passed, so the whole difference is due.
            assert_eq!((&newest["status"], &newest["amount_paid"]), (&json!("paid"), &json!(3_000)));
            let amounts: Vec<_> =
                newest["lines"]["data"].as_array().unwrap().iter().map(|line| &line["amount"]).collect();
            assert_eq!(amounts, [&json!(-2_000), &json!(5_000)]);
            assert_eq!(newest["lines"]["data"][0]["parent"]["subscription_item_details"]["proration"], true);
        }
    }
}

#[tokio::test]
async fn a_preview_equals_the_invoice_of_the_change() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let month = stripe.price(2_000, "month", "").await;
    for (expensive, behavior) in [
        (stripe.price(5_000, "month", "").await, "always_invoice"),
        (stripe.price(20_000, "year", "").await, "create_prorations"),
        (stripe.price(1_000, "month", "").await, "always_invoice"),
    ] {
        let before = stripe.subscribe(&customer, &month, "").await;
        let item = before["items"]["data"][0]["id"].as_str().unwrap();
        let asked = |prefix: &str| {
            let (open, close) = if prefix.is_empty() { ("", "") } else { ("[", "]") };
            format!(
                "{prefix}{open}items{close}[0][id]={item}&{prefix}{open}items{close}[0][price]={expensive}\
                 &{prefix}{open}proration_behavior{close}={behavior}"
            )
        };
        let form = format!("subscription={}&{}", id(&before), asked("subscription_details"));
        let preview = stripe.post("/v1/invoices/create_preview", &form).await;
        assert!(id(&preview).starts_with("upcoming_in_"), "{preview}");
        assert_eq!(stripe.get("/v1/invoices?limit=1").await["data"][0]["id"], before["latest_invoice"]);
        let after = stripe.post(&format!("/v1/subscriptions/{}", id(&before)), &asked("")).await;
        let invoice = stripe.get(&format!("/v1/invoices/{}", after["latest_invoice"].as_str().unwrap())).await;
        assert_eq!((&preview["total"], &preview["amount_due"]), (&invoice["total"], &invoice["amount_due"]));
        let count = |invoice: &Value| invoice["lines"]["data"].as_array().unwrap().len();
        assert_eq!(count(&preview), count(&invoice));
    }
    // The last change was a downgrade. Its credit is on the customer's balance.
    assert_eq!(stripe.get(&format!("/v1/customers/{customer}")).await["balance"], -1_000);
    let next = stripe.subscribe(&customer, &month, "").await;
    let invoice = stripe.get(&format!("/v1/invoices/{}", next["latest_invoice"].as_str().unwrap())).await;
    assert_eq!((&invoice["amount_paid"], &invoice["ending_balance"]), (&json!(1_000), &json!(0)));
}

#[tokio::test]
async fn the_next_invoice_can_be_previewed() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let subscription = id(&stripe.subscribe(&customer, &price, "").await);
    let form = format!("subscription={subscription}");
    let next = stripe.post("/v1/invoices/create_preview", &form).await;
    assert_eq!((&next["amount_due"], &next["billing_reason"]), (&json!(2_000), &json!("upcoming")));
    stripe.post(&format!("/v1/subscriptions/{subscription}"), "cancel_at_period_end=true").await;
    let (status, error) = stripe.post_refused("/v1/invoices/create_preview", &form).await;
    assert_eq!((status, &error["code"]), (404, &json!("invoice_upcoming_none")));
}

#[tokio::test]
async fn a_declined_upgrade_becomes_a_pending_update() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let (cheap, expensive) = (stripe.price(2_000, "month", "").await, stripe.price(5_000, "month", "").await);
    let before = stripe.subscribe(&customer, &cheap, "").await;
    let path = format!("/v1/subscriptions/{}", id(&before));
    let item = before["items"]["data"][0]["id"].as_str().unwrap();
    let broken = stripe.card(&customer, "chargeCustomerFail").await;
    stripe.post(&path, &format!("default_payment_method={broken}")).await;
    let swap = format!("items[0][id]={item}&items[0][price]={expensive}&proration_behavior=always_invoice");

    let (status, _) = stripe.post_refused(&path, &format!("{swap}&payment_behavior=error_if_incomplete")).await;
    assert_eq!(status, 402);
    assert_eq!(stripe.get(&path).await["items"]["data"][0]["price"]["id"], cheap.as_str());

    let waiting = stripe.post(&path, &format!("{swap}&payment_behavior=pending_if_incomplete")).await;
    assert_eq!((&waiting["status"], &waiting["items"]["data"][0]["price"]["id"]), (&json!("active"), &json!(cheap)));
    assert_eq!(waiting["pending_update"]["subscription_items"][0]["price"]["id"], expensive.as_str());
    // Another change replaces the pending update.
    let first = waiting["latest_invoice"].as_str().unwrap();
    let waiting = stripe.post(&path, &format!("{swap}&payment_behavior=pending_if_incomplete")).await;
    let invoice = waiting["latest_invoice"].as_str().unwrap();
    assert_eq!(stripe.get(&format!("/v1/invoices/{first}")).await["status"], "void");
    // A void invoice drops it.
    stripe.post(&format!("/v1/invoices/{invoice}/void"), "").await;
    assert_eq!(stripe.get(&path).await["pending_update"], Value::Null);
    let waiting = stripe.post(&path, &format!("{swap}&payment_behavior=pending_if_incomplete")).await;
    let invoice = waiting["latest_invoice"].as_str().unwrap();
    let earlier = stripe.event_types().await;
    let good = stripe.card(&customer, "visa").await;
    stripe.post(&format!("/v1/invoices/{invoice}/pay"), &format!("payment_method={good}")).await;
    let after = stripe.get(&path).await;
    assert_eq!(
        (&after["pending_update"], &after["items"]["data"][0]["price"]["id"]),
        (&Value::Null, &json!(expensive))
    );
    let events = stripe.event_types_since(&earlier).await;
    assert!(events.contains(&"customer.subscription.pending_update_applied".to_owned()), "{events:?}");

    // With `allow_incomplete` the change applies, and the subscription is past due.
    stripe.post(&path, &format!("default_payment_method={broken}")).await;
    let swap = format!("items[0][id]={item}&items[0][price]={expensive}&items[0][quantity]=2");
    let owed = stripe.post(&path, &format!("{swap}&proration_behavior=always_invoice")).await;
    assert_eq!((&owed["status"], &owed["items"]["data"][0]["quantity"]), (&json!("past_due"), &json!(2)));
}

#[tokio::test]
async fn a_cancellation_can_be_scheduled_and_undone() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let begun = stripe.subscribe(&customer, &price, "").await;
    let path = format!("/v1/subscriptions/{}", id(&begun));
    let period_end = begun["items"]["data"][0]["current_period_end"].clone();
    let earlier = period_end.as_i64().unwrap() - 1_000;
    let cases = [
        ("cancel_at_period_end=true".to_owned(), json!([true, period_end])),
        ("cancel_at_period_end=false".to_owned(), json!([false, null])),
        ("cancel_at=min_period_end".to_owned(), json!([false, period_end])),
        (format!("cancel_at={earlier}"), json!([false, earlier])),
        ("cancel_at=".to_owned(), json!([false, null])),
    ];
    for (form, expected) in cases {
        let changed = stripe.post(&path, &form).await;
        assert_eq!(json!([changed["cancel_at_period_end"], changed["cancel_at"]]), expected, "{form}");
        assert_eq!(changed["canceled_at"].is_null(), changed["cancel_at"].is_null());
    }
    let previous = stripe.get("/v1/events?type=customer.subscription.updated&limit=1").await;
    assert_eq!(previous["data"][0]["data"]["previous_attributes"]["cancel_at"], earlier);
    assert_eq!(stripe.post_refused(&path, "cancel_at=1").await.0, 400);
    assert_eq!(stripe.post_refused(&path, "cancel_at=min_period_end&cancel_at_period_end=true").await.0, 400);
}

#[tokio::test]
async fn an_immediate_cancellation_can_credit_unused_time() {
    for (form, balance) in [("", 0), ("invoice_now=true&prorate=true", -2_000)] {
        let stripe = Account::open().await;
        let customer = stripe.customer("visa").await;
        let price = stripe.price(2_000, "month", "").await;
        let path = format!("/v1/subscriptions/{}", id(&stripe.subscribe(&customer, &price, "").await));
        let ended = stripe.call("DELETE", &path, form, None).await.json::<Value>().await.unwrap();
        assert_eq!(
            (&ended["status"], &ended["cancellation_details"]["reason"]),
            (&json!("canceled"), &json!("cancellation_requested"))
        );
        assert!(ended["ended_at"].is_i64());
        assert_eq!(stripe.event_types().await.last().unwrap(), "customer.subscription.deleted");
        assert_eq!(stripe.get(&format!("/v1/customers/{customer}")).await["balance"], balance, "{form}");
        assert_eq!(stripe.post_refused(&path, "cancel_at_period_end=true").await.0, 400);
        assert_eq!(stripe.post(&path, "metadata[a]=1").await["metadata"]["a"], "1");
        assert_eq!(stripe.get("/v1/subscriptions").await["data"], json!([]));
        assert_eq!(stripe.get("/v1/subscriptions?status=ended").await["data"].as_array().unwrap().len(), 1);
    }
}

/// `cancel_at_period_end` moves with the period; a `cancel_at` stays where it is.
#[tokio::test]
async fn a_cancellation_at_the_period_end_moves_with_the_period() {
    let day = 86_400;
    for (trial, cancel, moves) in [
        ("", "cancel_at_period_end=true", true),
        ("&trial_period_days=7", "cancel_at_period_end=true", true),
        ("", "cancel_at=min_period_end", false),
    ] {
        let stripe = Account::open().await;
        let customer = stripe.customer("visa").await;
        let (month, year) = (stripe.price(2_000, "month", "").await, stripe.price(20_000, "year", "").await);
        let begun = stripe.subscribe(&customer, &month, trial).await;
        let path = format!("/v1/subscriptions/{}", id(&begun));
        let item = begun["items"]["data"][0]["id"].as_str().unwrap();
        let canceled = stripe.post(&path, cancel).await;
        let period_end = |shown: &Value| shown["items"]["data"][0]["current_period_end"].as_i64().unwrap();
        let mut changes = vec![format!("items[0][id]={item}&items[0][price]={year}&proration_behavior=always_invoice")];
        if !trial.is_empty() {
            changes.insert(0, format!("trial_end={}", period_end(&begun) - 2 * day));
            changes.push("trial_end=now".to_owned());
        }
        for change in changes {
            let changed = stripe.post(&path, &change).await;
            let expected = if moves { period_end(&changed) } else { period_end(&canceled) };
            assert_eq!(changed["cancel_at"], expected, "{cancel} {change}");
        }
    }
}

#[tokio::test]
async fn a_cancellation_at_the_period_end_moves_when_a_pending_update_is_paid() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let (month, year) = (stripe.price(2_000, "month", "").await, stripe.price(20_000, "year", "").await);
    let begun = stripe.subscribe(&customer, &month, "").await;
    let path = format!("/v1/subscriptions/{}", id(&begun));
    let item = begun["items"]["data"][0]["id"].as_str().unwrap();
    let broken = stripe.card(&customer, "chargeCustomerFail").await;
    stripe.post(&path, &format!("default_payment_method={broken}&cancel_at_period_end=true")).await;
    let swap = format!("items[0][id]={item}&items[0][price]={year}&proration_behavior=always_invoice");
    let waiting = stripe.post(&path, &format!("{swap}&payment_behavior=pending_if_incomplete")).await;
    assert_eq!(waiting["cancel_at"], begun["items"]["data"][0]["current_period_end"], "nothing has changed");
    let good = stripe.card(&customer, "visa").await;
    let invoice = waiting["latest_invoice"].as_str().unwrap();
    stripe.post(&format!("/v1/invoices/{invoice}/pay"), &format!("payment_method={good}")).await;
    let after = stripe.get(&path).await;
    assert_eq!(after["cancel_at"], after["items"]["data"][0]["current_period_end"]);
    assert_ne!(after["cancel_at"], waiting["cancel_at"]);
}
