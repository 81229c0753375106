//! Subscriptions over the API: creation, trials, pauses, and refused parameters.

use serde_json::{Value, json};

use super::account::{Account, id};

#[tokio::test]
async fn a_paid_subscription_emits_events_in_stripes_order() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let earlier = stripe.event_types().await;
    let form = format!("customer={customer}&items[0][price]={price}&items[0][quantity]=2&metadata[tuition_user]=u1");
    let subscription = stripe.post("/v1/subscriptions", &form).await;
    let expected = [
        "invoice.created",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "charge.updated",
        "customer.subscription.created",
    ];
    assert_eq!(stripe.event_types_since(&earlier).await, expected);
    assert_eq!(subscription["status"], "active");
    let item = &subscription["items"]["data"][0];
    let length = item["current_period_end"].as_i64().unwrap() - item["current_period_start"].as_i64().unwrap();
    assert!((28..=31).contains(&(length / 86_400)), "{length}");
    assert!(subscription.get("current_period_end").is_none());

    let invoice = subscription["latest_invoice"].as_str().unwrap();
    let invoice = stripe.get(&format!("/v1/invoices/{invoice}?expand[]=payments")).await;
    let seen = (&invoice["status"], &invoice["amount_paid"], &invoice["billing_reason"], &invoice["attempt_count"]);
    assert_eq!(seen, (&json!("paid"), &json!(4_000), &json!("subscription_create"), &json!(1)));
    let details = &invoice["parent"]["subscription_details"];
    assert_eq!(
        details,
        &json!({
            "metadata": { "tuition_user": "u1" }, "subscription": subscription["id"], "subscription_proration_date": null,
        })
    );
    let line = &invoice["lines"]["data"][0];
    assert_eq!(line["description"], "2 × Premium (at $20.00 / month)");
    assert_eq!(line["parent"]["subscription_item_details"]["subscription_item"], item["id"]);
    // The payment intent of an invoice has none of the subscription's metadata.
    let intent = invoice["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    assert_eq!(stripe.get(&format!("/v1/payment_intents/{intent}")).await["metadata"], json!({}));
    let path = format!("/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]={intent}");
    assert_eq!(stripe.get(&path).await["data"][0]["invoice"], invoice["id"]);
    let refund = stripe.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(refund["amount"], 4_000);
}

#[tokio::test]
async fn payment_behavior_decides_after_a_declined_first_payment() {
    let cases = [
        ("", 200, "incomplete", "open", 1),
        ("&payment_behavior=default_incomplete", 200, "incomplete", "open", 0),
        ("&payment_behavior=error_if_incomplete", 402, "", "", 0),
    ];
    for (more, status, expected, invoice_status, attempts) in cases {
        let stripe = Account::open().await;
        let customer = stripe.customer("chargeCustomerFail").await;
        let price = stripe.price(2_000, "month", "").await;
        let form = format!("customer={customer}&items[0][price]={price}{more}");
        let answer = stripe.call("POST", "/v1/subscriptions", &form, None).await;
        assert_eq!(answer.status().as_u16(), status, "{more}");
        let list = stripe.get("/v1/subscriptions?status=all&expand[]=data.latest_invoice").await;
        let Some(subscription) = list["data"].get(0) else {
            assert_eq!(expected, "");
            continue;
        };
        let invoice = &subscription["latest_invoice"];
        let seen = (&subscription["status"], &invoice["status"], &invoice["attempt_count"]);
        assert_eq!(seen, (&json!(expected), &json!(invoice_status), &json!(attempts)), "{more}");

        // When it is paid later, the subscription becomes active.
        let path = format!("/v1/invoices/{}/pay", id(invoice));
        let (refused, error) = stripe.post_refused(&path, "").await;
        assert_eq!((refused, &error["code"]), (402, &json!("card_declined")));
        let paid = stripe.post(&path, &format!("payment_method={}", stripe.card(&customer, "visa").await)).await;
        assert_eq!(paid["status"], "paid");
        assert_eq!(stripe.subscription(&id(subscription)).await["status"], "active");
        let updated = stripe.get("/v1/events?type=customer.subscription.updated").await;
        assert_eq!(updated["data"][0]["data"]["previous_attributes"], json!({ "status": "incomplete" }));
    }
}

#[tokio::test]
async fn a_subscription_needs_a_payment_method() {
    let stripe = Account::open().await;
    let customer = id(&stripe.post("/v1/customers", "").await);
    let price = stripe.price(2_000, "month", "").await;
    let form = format!("customer={customer}&items[0][price]={price}");
    let (status, error) = stripe.post_refused("/v1/subscriptions", &form).await;
    assert_eq!((status, &error["code"]), (400, &json!("resource_missing")));
    assert_eq!(stripe.get("/v1/subscriptions?status=all").await["data"], json!([]));
}

#[tokio::test]
async fn a_subscription_is_incomplete_until_the_card_is_authenticated() {
    let stripe = Account::open().await;
    let customer = stripe.customer("authenticationRequired").await;
    let price = stripe.price(2_000, "month", "").await;
    let subscription = stripe.post("/v1/subscriptions", &format!("customer={customer}&items[0][price]={price}")).await;
    assert_eq!(subscription["status"], "incomplete");
    assert!(stripe.event_types().await.contains(&"invoice.payment_action_required".to_owned()));
    let invoice = subscription["latest_invoice"].as_str().unwrap();
    let invoice = stripe.get(&format!("/v1/invoices/{invoice}?expand[]=payments&expand[]=confirmation_secret")).await;
    assert_eq!(invoice["confirmation_secret"]["type"], "payment_intent");
    let intent = invoice["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    stripe.submit(&format!("/c/pay/{intent}/3ds"), "outcome=complete").await;
    assert_eq!(stripe.subscription(&id(&subscription)).await["status"], "active");
}

#[tokio::test]
async fn a_short_trial_is_free_and_emits_trial_will_end() {
    let stripe = Account::open().await;
    let customer = id(&stripe.post("/v1/customers", "").await);
    let price = stripe.price(2_000, "month", "").await;
    for (days, is_near) in [(14, false), (2, true)] {
        let earlier = stripe.event_types().await;
        let form = format!("customer={customer}&items[0][price]={price}&trial_period_days={days}");
        let subscription = stripe.post("/v1/subscriptions", &form).await;
        assert_eq!(subscription["status"], "trialing");
        let item = &subscription["items"]["data"][0];
        assert_eq!(item["current_period_end"], subscription["trial_end"]);
        assert_eq!(subscription["billing_cycle_anchor"], subscription["trial_end"]);
        let invoice = subscription["latest_invoice"].as_str().unwrap();
        let invoice = stripe.get(&format!("/v1/invoices/{invoice}")).await;
        assert_eq!((&invoice["status"], &invoice["total"]), (&json!("paid"), &json!(0)));
        let events = stripe.event_types_since(&earlier).await;
        let emitted = events.contains(&"customer.subscription.trial_will_end".to_owned());
        assert_eq!(emitted, is_near, "{days}: {events:?}");
        assert!(!events.contains(&"payment_intent.created".to_owned()));
    }
}

#[tokio::test]
async fn a_trial_without_a_card_pauses_and_resumes() {
    let stripe = Account::open().await;
    let customer = id(&stripe.post("/v1/customers", "").await);
    let price = stripe.price(2_000, "month", "").await;
    let settings = "&trial_period_days=7&trial_settings[end_behavior][missing_payment_method]=pause";
    let path = format!("/v1/subscriptions/{}", id(&stripe.subscribe(&customer, &price, settings).await));
    assert_eq!(stripe.post(&path, "trial_end=now").await["status"], "paused");
    let card = stripe.card(&customer, "visa").await;
    stripe.post(&path, &format!("default_payment_method={card}")).await;
    let resumed = stripe.post(&format!("{path}/resume"), "billing_cycle_anchor=now").await;
    assert_eq!((&resumed["status"], &resumed["status_details"]), (&json!("active"), &Value::Null));
    let events = stripe.event_types().await;
    for emitted in ["customer.subscription.paused", "customer.subscription.resumed", "invoice.paid"] {
        assert!(events.iter().any(|event| event == emitted), "{emitted}: {events:?}");
    }
    assert_eq!(stripe.post_refused(&format!("{path}/resume"), "").await.0, 400);
}

#[tokio::test]
async fn a_discount_lasts_for_the_duration_of_its_coupon() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    for (coupon, left) in [("percent_off=25&duration=once", 0), ("amount_off=500&currency=usd&duration=forever", 1)] {
        let coupon = id(&stripe.post("/v1/coupons", coupon).await);
        let subscription = stripe.subscribe(&customer, &price, &format!("&discounts[0][coupon]={coupon}")).await;
        let invoice = stripe.get(&format!("/v1/invoices/{}", subscription["latest_invoice"].as_str().unwrap())).await;
        assert_eq!((&invoice["subtotal"], &invoice["amount_paid"]), (&json!(2_000), &json!(1_500)));
        assert_eq!(invoice["total_discount_amounts"][0]["amount"], 500);
        let next = stripe.post("/v1/invoices/create_preview", &format!("subscription={}", id(&subscription))).await;
        assert_eq!(next["amount_due"], if left == 0 { 2_000 } else { 1_500 });
        assert_eq!(subscription["discounts"].as_array().unwrap().len(), left);
    }
}

#[tokio::test]
async fn invalid_subscription_calls_are_refused_as_by_stripe() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let other = stripe.customer("visa").await;
    let (month, year) = (stripe.price(2_000, "month", "").await, stripe.price(9_000, "year", "").await);
    let euro = stripe.price_in("eur", 2_000).await;
    let card = stripe.card(&other, "visa").await;
    let base = format!("customer={customer}&items[0][price]={month}");
    let cases = [
        (format!("items[0][price]={month}"), "customer"),
        (format!("customer={customer}"), "items"),
        (format!("customer={customer}&items[0][quantity]=1"), "items[0][price]"),
        (format!("{base}&items[1][price]={year}"), "items"),
        (format!("{base}&nosuch=1"), "nosuch"),
        (format!("{base}&items[0][nosuch]=1"), "items[0][nosuch]"),
        (format!("{base}&trial_period_days=731"), "trial_period_days"),
        (format!("{base}&trial_end=1"), "trial_end"),
        (format!("{base}&payment_behavior=x"), "payment_behavior"),
        (format!("{base}&default_payment_method={card}"), "default_payment_method"),
        (format!("{base}&collection_method=send_invoice"), "collection_method"),
    ];
    for (form, param) in cases {
        let (status, error) = stripe.post_refused("/v1/subscriptions", &form).await;
        assert_eq!((status / 100, &error["param"]), (4, &json!(param)), "{form}: {error}");
    }
    let mixed = format!("{base}&items[1][price]={euro}");
    assert_eq!(stripe.post_refused("/v1/subscriptions", &mixed).await.0, 400);
    assert_eq!(stripe.get("/v1/subscriptions?status=all").await["data"], json!([]));
}
