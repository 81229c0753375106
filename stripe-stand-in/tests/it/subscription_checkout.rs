//! Checkout in subscription mode: the subscription is created after the payment.

use serde_json::{Value, json};

use super::account::{Account, id};

const METADATA: &str = "&subscription_data[metadata][tuition_user]=u1";

#[tokio::test]
async fn a_subscription_is_bought_on_the_hosted_page() {
    let stripe = Account::open().await;
    let price = stripe.price(999, "month", "").await;
    let session = stripe.subscription_session(&price, METADATA).await;
    let earlier = stripe.event_types().await;
    assert_eq!(stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16(), 303);
    let expected = [
        "customer.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "payment_method.attached",
        "invoice.created",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "customer.subscription.created",
        "checkout.session.completed",
        "charge.updated",
    ];
    assert_eq!(stripe.event_types_since(&earlier).await, expected);

    let path = format!("/v1/checkout/sessions/{session}?expand[]=subscription&expand[]=invoice");
    let session = stripe.get(&path).await;
    let seen = (&session["status"], &session["payment_status"], &session["payment_intent"], &session["amount_total"]);
    assert_eq!(seen, (&json!("complete"), &json!("paid"), &Value::Null, &json!(999)));
    let subscription = &session["subscription"];
    assert_eq!((&subscription["status"], &subscription["metadata"]["tuition_user"]), (&json!("active"), &json!("u1")));
    assert!(subscription["default_payment_method"].is_string());
    assert_eq!(
        (&session["invoice"]["status"], &session["invoice"]["id"]),
        (&json!("paid"), &subscription["latest_invoice"])
    );
    let created = stripe.get("/v1/events?type=customer.subscription.created").await;
    assert_eq!(created["data"][0]["data"]["object"]["status"], "active");
}

#[tokio::test]
async fn a_declined_card_leaves_an_open_session_and_no_subscription() {
    let stripe = Account::open().await;
    let price = stripe.price(999, "month", "").await;
    let session = stripe.subscription_session(&price, "").await;
    for card in ["4000000000000002", "4000000000000341"] {
        let declined = stripe.pay_by_card(&session, card).await;
        assert_eq!(declined.status.as_u16(), 402);
        assert!(declined.page.contains("Your card was declined."));
    }
    assert_eq!(stripe.get(&format!("/v1/checkout/sessions/{session}")).await["status"], "open");
    assert_eq!(stripe.get("/v1/subscriptions?status=all").await["data"], json!([]));
    assert_eq!(stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16(), 303);
    assert_eq!(stripe.get("/v1/subscriptions").await["data"].as_array().unwrap().len(), 1);
    assert_eq!(stripe.get("/v1/customers").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_card_is_authenticated_before_the_subscription_begins() {
    let stripe = Account::open().await;
    let price = stripe.price(999, "month", "").await;
    let session = stripe.subscription_session(&price, "").await;
    let bank = format!("/c/pay/{session}/3ds");
    assert_eq!(stripe.pay_by_card(&session, "4000002500003155").await.location, bank);
    assert_eq!(stripe.get("/v1/subscriptions?status=all").await["data"], json!([]));
    stripe.submit(&bank, "outcome=complete").await;
    let subscription = stripe.get("/v1/subscriptions").await["data"][0].clone();
    assert_eq!(subscription["status"], "active");
    // After one authentication, the card pays the next invoice without the payer.
    let year = stripe.price(9_900, "year", "").await;
    let item = subscription["items"]["data"][0]["id"].as_str().unwrap();
    let path = format!("/v1/subscriptions/{}", id(&subscription));
    let changed = stripe.post(&path, &format!("items[0][id]={item}&items[0][price]={year}")).await;
    assert_eq!(changed["status"], "active");
}

#[tokio::test]
async fn a_trial_collects_a_card_unless_the_session_says_if_required() {
    let trial = "&subscription_data[trial_period_days]=14";
    let without = format!(
        "{trial}&payment_method_collection=if_required\
         &subscription_data[trial_settings][end_behavior][missing_payment_method]=cancel"
    );
    for (more, keeps) in [(trial, true), (without.as_str(), false)] {
        let stripe = Account::open().await;
        let price = stripe.price(999, "month", "").await;
        let session = stripe.subscription_session(&price, more).await;
        let page = stripe.call("GET", &format!("/c/pay/{session}"), "", None).await.text().await.unwrap();
        assert!(page.contains("14 days free, then $9.99 / month"), "{page}");
        assert_eq!(page.contains("card_number"), keeps);
        if keeps {
            assert_eq!(stripe.pay_by_card(&session, "4000000000009995").await.status.as_u16(), 402);
            // This card can be saved, and is declined when it is charged.
            assert_eq!(stripe.pay_by_card(&session, "4000000000000341").await.status.as_u16(), 303);
        } else {
            let form = "email=ann@example.com&name=Ann";
            assert_eq!(stripe.submit(&format!("/c/pay/{session}"), form).await.status.as_u16(), 303);
        }
        let subscription = stripe.get("/v1/subscriptions").await["data"][0].clone();
        assert_eq!(subscription["status"], "trialing");
        assert_eq!(subscription["default_payment_method"].is_string(), keeps);
        let session = stripe.get(&format!("/v1/checkout/sessions/{session}")).await;
        let seen = (&session["payment_status"], &session["amount_total"]);
        assert_eq!(seen, (&json!("no_payment_required"), &json!(0)));
    }
}

#[tokio::test]
async fn a_code_lowers_the_first_invoice_and_is_redeemed_once() {
    let stripe = Account::open().await;
    let price = stripe.price(2_000, "month", "").await;
    let coupon = id(&stripe.post("/v1/coupons", "percent_off=50&duration=repeating&duration_in_months=2").await);
    let form = format!("promotion[type]=coupon&promotion[coupon]={coupon}&code=HALF&max_redemptions=1");
    stripe.post("/v1/promotion_codes", &form).await;
    let session = stripe.subscription_session(&price, "&allow_promotion_codes=true").await;
    assert_eq!(stripe.submit(&format!("/c/pay/{session}/promotion"), "code=half").await.status.as_u16(), 303);
    assert_eq!(stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16(), 303);
    let subscription = stripe.get("/v1/subscriptions?expand[]=data.latest_invoice").await["data"][0].clone();
    assert_eq!(subscription["latest_invoice"]["amount_paid"], 1_000);
    assert_eq!(subscription["discounts"].as_array().unwrap().len(), 1);
    assert_eq!(stripe.get("/v1/promotion_codes?code=HALF").await["data"][0]["times_redeemed"], 1);
}

#[tokio::test]
async fn a_subscription_is_active_until_its_bank_debit_fails() {
    for (end, status, event_type) in [
        ("succeed", "active", "checkout.session.async_payment_succeeded"),
        ("fail", "past_due", "checkout.session.async_payment_failed"),
    ] {
        let stripe = Account::open().await;
        let price = stripe.price(999, "month", "").await;
        let session = stripe.subscription_session(&price, "").await;
        let form = "email=ann@example.com&method=bank_debit&name=Ann";
        assert_eq!(stripe.submit(&format!("/c/pay/{session}"), form).await.status.as_u16(), 303);
        assert_eq!(stripe.get(&format!("/v1/checkout/sessions/{session}")).await["payment_status"], "unpaid");
        let subscription =
            stripe.get("/v1/subscriptions?expand[]=data.latest_invoice.payments").await["data"][0].clone();
        let invoice = &subscription["latest_invoice"];
        assert_eq!((&subscription["status"], &invoice["status"]), (&json!("active"), &json!("open")));
        let void = format!("/v1/invoices/{}/void", id(invoice));
        assert_eq!(stripe.post_refused(&void, "").await.0, 400, "its payment is processing");
        let intent = invoice["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
        stripe.post(&format!("/_stand_in/bank_debits/{intent}/{end}"), "").await;
        assert_eq!(stripe.subscription(&id(&subscription)).await["status"], status);
        assert!(stripe.event_types().await.contains(&event_type.to_owned()));
        let paid = stripe.get(&format!("/v1/invoices/{}", id(invoice))).await["status"] == "paid";
        assert_eq!(paid, end == "succeed");
    }
}

#[tokio::test]
async fn paying_the_invoice_of_a_failed_debit_does_not_complete_the_session_again() {
    let stripe = Account::open().await;
    let price = stripe.price(999, "month", "").await;
    let session = stripe.subscription_session(&price, "").await;
    stripe.submit(&format!("/c/pay/{session}"), "email=ann@example.com&method=bank_debit&name=Ann").await;
    let subscription = stripe.get("/v1/subscriptions?expand[]=data.latest_invoice.payments").await["data"][0].clone();
    let invoice = &subscription["latest_invoice"];
    let intent = invoice["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    stripe.post(&format!("/_stand_in/bank_debits/{intent}/fail"), "").await;
    let earlier = stripe.event_types().await;
    let card = "card_number=4242424242424242&exp=12/40&cvc=123";
    assert_eq!(stripe.submit(&format!("/i/{}", id(invoice)), card).await.status.as_u16(), 303);
    assert_eq!(stripe.subscription(&id(&subscription)).await["status"], "active");
    assert_eq!(stripe.get("/v1/subscriptions").await["data"].as_array().unwrap().len(), 1);
    let events = stripe.event_types_since(&earlier).await;
    assert!(events.contains(&"invoice.paid".to_owned()), "{events:?}");
    assert!(!events.iter().any(|event| event.starts_with("checkout.session.")), "{events:?}");
}

#[tokio::test]
async fn session_modes_reject_each_others_parameters() {
    let stripe = Account::open().await;
    let price = stripe.price(999, "month", "").await;
    let product = id(&stripe.post("/v1/products", "name=Course").await);
    let once = id(&stripe.post("/v1/prices", &format!("product={product}&currency=usd&unit_amount=900")).await);
    let url = "success_url=http://shop.test/ok";
    let cases = [
        (format!("mode=payment&{url}&line_items[0][price]={price}"), "mode"),
        (format!("mode=subscription&{url}&line_items[0][price]={once}"), "line_items[0][price]"),
        (
            format!("mode=subscription&{url}&line_items[0][price]={price}&payment_intent_data[description]=x"),
            "payment_intent_data",
        ),
        (
            format!("mode=payment&{url}&line_items[0][price]={once}&subscription_data[description]=x"),
            "subscription_data",
        ),
        (format!("mode=subscription&{url}&line_items[0][price]={price}&customer_creation=always"), "customer_creation"),
        (format!("mode=setup&{url}"), "mode"),
    ];
    for (form, param) in cases {
        let (status, error) = stripe.post_refused("/v1/checkout/sessions", &form).await;
        assert_eq!((status, &error["param"]), (400, &json!(param)), "{form}");
    }
}
