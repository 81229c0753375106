//! Subscriptions by the API: how they begin, change, pause and end, and what each costs.

use serde_json::{Value, json};

use super::account::{Account, id};

#[tokio::test]
async fn a_subscription_begins_paid_and_says_so_in_stripes_order() {
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
    // The payment intent of an invoice carries nothing of the subscription.
    let intent = invoice["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    assert_eq!(stripe.get(&format!("/v1/payment_intents/{intent}")).await["metadata"], json!({}));
    let path = format!("/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]={intent}");
    assert_eq!(stripe.get(&path).await["data"][0]["invoice"], invoice["id"]);
    let refund = stripe.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(refund["amount"], 4_000);
}

#[tokio::test]
async fn what_a_declined_first_payment_leaves_is_the_callers_choice() {
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

        // Paid later, it begins.
        let path = format!("/v1/invoices/{}/pay", id(invoice));
        let (refused, error) = stripe.refused(&path, "").await;
        assert_eq!((refused, &error["code"]), (402, &json!("card_declined")));
        let paid = stripe.post(&path, &format!("payment_method={}", stripe.card(&customer, "visa").await)).await;
        assert_eq!(paid["status"], "paid");
        assert_eq!(stripe.subscription(&id(subscription)).await["status"], "active");
        let updated = stripe.get("/v1/events?type=customer.subscription.updated").await;
        assert_eq!(updated["data"][0]["data"]["previous_attributes"], json!({ "status": "incomplete" }));
    }
}

#[tokio::test]
async fn without_anything_to_charge_nothing_begins() {
    let stripe = Account::open().await;
    let customer = id(&stripe.post("/v1/customers", "").await);
    let price = stripe.price(2_000, "month", "").await;
    let form = format!("customer={customer}&items[0][price]={price}");
    let (status, error) = stripe.refused("/v1/subscriptions", &form).await;
    assert_eq!((status, &error["code"]), (400, &json!("resource_missing")));
    assert_eq!(stripe.get("/v1/subscriptions?status=all").await["data"], json!([]));
}

#[tokio::test]
async fn a_card_that_asks_for_authentication_waits_for_it() {
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
async fn a_trial_costs_nothing_and_is_announced_when_it_is_short() {
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
        let told = events.contains(&"customer.subscription.trial_will_end".to_owned());
        assert_eq!(told, is_near, "{days}: {events:?}");
        assert!(!events.contains(&"payment_intent.created".to_owned()));
    }
}

#[tokio::test]
async fn another_plan_is_prorated_as_asked() {
    let cases = [("create_prorations", 2_000, None), ("always_invoice", 2_000, Some("paid")), ("none", 2_000, None)];
    for (behavior, _, invoiced) in cases {
        let stripe = Account::open().await;
        let customer = stripe.customer("visa").await;
        let (cheap, dear) = (stripe.price(2_000, "month", "").await, stripe.price(5_000, "month", "").await);
        let before = stripe.subscribe(&customer, &cheap, "").await;
        let item = before["items"]["data"][0]["id"].as_str().unwrap();
        let swap = format!("items[0][id]={item}&items[0][price]={dear}&proration_behavior={behavior}");
        let after = stripe.post(&format!("/v1/subscriptions/{}", id(&before)), &swap).await;
        assert_eq!(after["items"]["data"][0]["price"]["id"], dear.as_str());
        assert_eq!(after["items"]["data"][0]["id"], item);
        let waiting = stripe.get("/v1/invoiceitems?pending=true").await["data"].as_array().unwrap().len();
        let expected = if behavior == "create_prorations" { 2 } else { 0 };
        assert_eq!(waiting, expected, "{behavior}");
        let newest = stripe.get("/v1/invoices").await["data"][0].clone();
        assert_eq!(newest["billing_reason"] == "subscription_update", invoiced.is_some(), "{behavior}");
        if invoiced.is_some() {
            // Nothing of the period has passed yet: the whole difference.
            assert_eq!((&newest["status"], &newest["amount_paid"]), (&json!("paid"), &json!(3_000)));
            let amounts: Vec<_> =
                newest["lines"]["data"].as_array().unwrap().iter().map(|line| &line["amount"]).collect();
            assert_eq!(amounts, [&json!(-2_000), &json!(5_000)]);
            assert_eq!(newest["lines"]["data"][0]["parent"]["subscription_item_details"]["proration"], true);
        }
    }
}

#[tokio::test]
async fn a_preview_is_what_the_change_then_costs() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let month = stripe.price(2_000, "month", "").await;
    for (dear, behavior) in [
        (stripe.price(5_000, "month", "").await, "always_invoice"),
        (stripe.price(20_000, "year", "").await, "create_prorations"),
        (stripe.price(1_000, "month", "").await, "always_invoice"),
    ] {
        let before = stripe.subscribe(&customer, &month, "").await;
        let item = before["items"]["data"][0]["id"].as_str().unwrap();
        let asked = |prefix: &str| {
            let (open, close) = if prefix.is_empty() { ("", "") } else { ("[", "]") };
            format!(
                "{prefix}{open}items{close}[0][id]={item}&{prefix}{open}items{close}[0][price]={dear}\
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
    // The last one was a downgrade: what it gives back is the customer's credit.
    assert_eq!(stripe.get(&format!("/v1/customers/{customer}")).await["balance"], -1_000);
    let next = stripe.subscribe(&customer, &month, "").await;
    let invoice = stripe.get(&format!("/v1/invoices/{}", next["latest_invoice"].as_str().unwrap())).await;
    assert_eq!((&invoice["amount_paid"], &invoice["ending_balance"]), (&json!(1_000), &json!(0)));
}

#[tokio::test]
async fn the_next_invoice_can_be_seen_until_there_is_none() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let price = stripe.price(2_000, "month", "").await;
    let subscription = id(&stripe.subscribe(&customer, &price, "").await);
    let form = format!("subscription={subscription}");
    let next = stripe.post("/v1/invoices/create_preview", &form).await;
    assert_eq!((&next["amount_due"], &next["billing_reason"]), (&json!(2_000), &json!("upcoming")));
    stripe.post(&format!("/v1/subscriptions/{subscription}"), "cancel_at_period_end=true").await;
    let (status, error) = stripe.refused("/v1/invoices/create_preview", &form).await;
    assert_eq!((status, &error["code"]), (404, &json!("invoice_upcoming_none")));
}

#[tokio::test]
async fn a_declined_upgrade_may_change_nothing_that_was_paid() {
    let stripe = Account::open().await;
    let customer = stripe.customer("visa").await;
    let (cheap, dear) = (stripe.price(2_000, "month", "").await, stripe.price(5_000, "month", "").await);
    let before = stripe.subscribe(&customer, &cheap, "").await;
    let path = format!("/v1/subscriptions/{}", id(&before));
    let item = before["items"]["data"][0]["id"].as_str().unwrap();
    let broken = stripe.card(&customer, "chargeCustomerFail").await;
    stripe.post(&path, &format!("default_payment_method={broken}")).await;
    let swap = format!("items[0][id]={item}&items[0][price]={dear}&proration_behavior=always_invoice");

    let (status, _) = stripe.refused(&path, &format!("{swap}&payment_behavior=error_if_incomplete")).await;
    assert_eq!(status, 402);
    assert_eq!(stripe.get(&path).await["items"]["data"][0]["price"]["id"], cheap.as_str());

    let waiting = stripe.post(&path, &format!("{swap}&payment_behavior=pending_if_incomplete")).await;
    assert_eq!((&waiting["status"], &waiting["items"]["data"][0]["price"]["id"]), (&json!("active"), &json!(cheap)));
    assert_eq!(waiting["pending_update"]["subscription_items"][0]["price"]["id"], dear.as_str());
    let invoice = waiting["latest_invoice"].as_str().unwrap();
    let earlier = stripe.event_types().await;
    let good = stripe.card(&customer, "visa").await;
    stripe.post(&format!("/v1/invoices/{invoice}/pay"), &format!("payment_method={good}")).await;
    let after = stripe.get(&path).await;
    assert_eq!((&after["pending_update"], &after["items"]["data"][0]["price"]["id"]), (&Value::Null, &json!(dear)));
    let events = stripe.event_types_since(&earlier).await;
    assert!(events.contains(&"customer.subscription.pending_update_applied".to_owned()), "{events:?}");

    // Allowed, the change stays and is owed.
    stripe.post(&path, &format!("default_payment_method={broken}")).await;
    let swap = format!("items[0][id]={item}&items[0][price]={dear}&items[0][quantity]=2");
    let owed = stripe.post(&path, &format!("{swap}&proration_behavior=always_invoice")).await;
    assert_eq!((&owed["status"], &owed["items"]["data"][0]["quantity"]), (&json!("past_due"), &json!(2)));
}

#[tokio::test]
async fn an_end_can_be_set_and_taken_back() {
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
    assert_eq!(stripe.refused(&path, "cancel_at=1").await.0, 400);
    assert_eq!(stripe.refused(&path, "cancel_at=min_period_end&cancel_at_period_end=true").await.0, 400);
}

#[tokio::test]
async fn an_immediate_end_may_give_back_the_rest() {
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
        assert_eq!(stripe.refused(&path, "cancel_at_period_end=true").await.0, 400);
        assert_eq!(stripe.post(&path, "metadata[a]=1").await["metadata"]["a"], "1");
        assert_eq!(stripe.get("/v1/subscriptions").await["data"], json!([]));
        assert_eq!(stripe.get("/v1/subscriptions?status=ended").await["data"].as_array().unwrap().len(), 1);
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
    for told in ["customer.subscription.paused", "customer.subscription.resumed", "invoice.paid"] {
        assert!(events.iter().any(|event| event == told), "{told}: {events:?}");
    }
    assert_eq!(stripe.refused(&format!("{path}/resume"), "").await.0, 400);
}

#[tokio::test]
async fn a_discount_lasts_as_long_as_its_coupon_says() {
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
async fn subscriptions_refuse_what_stripe_refuses() {
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
        let (status, error) = stripe.refused("/v1/subscriptions", &form).await;
        assert_eq!((status / 100, &error["param"]), (4, &json!(param)), "{form}: {error}");
    }
    let mixed = format!("{base}&items[1][price]={euro}");
    assert_eq!(stripe.refused("/v1/subscriptions", &mixed).await.0, 400);
    assert_eq!(stripe.get("/v1/subscriptions?status=all").await["data"], json!([]));
}
