//! The hosted payment page and payment intents: successful and failed payments, and their events.

use serde_json::{Value, json};

use super::account::{Account, id};

#[tokio::test]
async fn a_card_purchase_emits_events_in_stripes_order() {
    let stripe = Account::open().await;
    let session = stripe.session("&payment_intent_data[metadata][tuition_user]=u1&metadata[tuition_user]=u1").await;
    let paid = stripe.pay_by_card(&session, "4242 4242 4242 4242").await;
    assert_eq!((paid.status.as_u16(), paid.location), (303, format!("http://shop.test/ok?session={session}")));
    let expected = [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ];
    assert_eq!(stripe.event_types().await, expected);

    let path = format!("/v1/checkout/sessions/{session}?expand[]=payment_intent.latest_charge");
    let session = stripe.get(&path).await;
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("paid")));
    let intent = &session["payment_intent"];
    assert_eq!((&intent["status"], &intent["amount_received"]), (&json!("succeeded"), &json!(4900)));
    assert_eq!(intent["latest_charge"]["metadata"]["tuition_user"], "u1");
    let completed = stripe.get("/v1/events?type=checkout.session.completed").await;
    assert!(completed["data"][0]["data"]["object"]["payment_intent"].is_string());
}

#[tokio::test]
async fn a_declined_card_leaves_the_session_open() {
    let cases = [
        ("4000000000000002", 402, "Your card was declined."),
        ("4000000000009995", 402, "Your card has insufficient funds."),
        ("4000000000000069", 402, "Your card has expired."),
        ("4242424242424241", 402, "Your card number is incorrect."),
        ("4111111111111111", 402, "used a non test (live) card"),
        ("1234", 402, "Your card number is invalid."),
    ];
    for (number, status, message) in cases {
        let stripe = Account::open().await;
        let session = stripe.session("").await;
        let declined = stripe.pay_by_card(&session, number).await;
        assert_eq!(declined.status.as_u16(), status, "{number}");
        assert!(declined.page.contains(message), "{number}: {}", declined.page);
        let path = format!("/v1/checkout/sessions/{session}");
        assert_eq!(stripe.get(&path).await["status"], "open", "{number}");
        assert_eq!(stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16(), 303, "{number}");
    }
}

#[tokio::test]
async fn a_refused_form_is_shown_again_without_the_card() {
    let stripe = Account::open().await;
    // Declined by the issuer, and refused before the issuer is asked.
    for number in ["4000000000000002", "4000000000000003"] {
        let session = stripe.session("").await;
        let page = stripe.pay_by_card(&session, number).await.page;
        for kept in ["value=\"ann@example.com\"", "value=\"12/40\"", "value=\"Ann\""] {
            assert!(page.contains(kept), "{number}: {kept} is missing in {page}");
        }
        assert!(!page.contains(number) && !page.contains("value=\"123\""), "{page}");
    }
    assert_eq!(stripe.call("GET", "/favicon.ico", "", None).await.status().as_u16(), 204);
}

#[tokio::test]
async fn a_declined_card_leaves_a_failed_charge() {
    let stripe = Account::open().await;
    let session = stripe.session("").await;
    stripe.pay_by_card(&session, "4000000000009995").await;
    let expected = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"];
    assert_eq!(stripe.event_types().await, expected);
    let intents = stripe.get("/v1/payment_intents?expand[]=data.latest_charge").await;
    let intent = &intents["data"][0];
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["last_payment_error"]["decline_code"], "insufficient_funds");
    assert_eq!(intent["latest_charge"]["status"], "failed");
}

#[tokio::test]
async fn a_card_can_require_three_d_secure() {
    let stripe = Account::open().await;
    let session = stripe.session("").await;
    let bank = format!("/c/pay/{session}/3ds");
    for _ in 0..2 {
        assert_eq!(stripe.pay_by_card(&session, "4000002500003155").await.location, bank);
        let failed = stripe.submit(&bank, "outcome=fail").await;
        assert_eq!(failed.location, format!("/c/pay/{session}"));
    }
    let page = stripe.call("GET", &format!("/c/pay/{session}"), "", None).await.text().await.unwrap();
    assert!(page.contains("We are unable to authenticate your payment method."));
    stripe.pay_by_card(&session, "4000002500003155").await;
    let complete = stripe.submit(&bank, "outcome=complete").await;
    assert_eq!(complete.location, format!("http://shop.test/ok?session={session}"));
    assert_eq!(stripe.submit(&bank, "outcome=complete").await.status.as_u16(), 400);
    assert_eq!(stripe.get("/v1/charges").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_bank_debit_is_unpaid_until_it_is_settled() {
    let ends = [
        ("succeed", "paid", "checkout.session.async_payment_succeeded", "succeeded"),
        ("fail", "unpaid", "checkout.session.async_payment_failed", "requires_payment_method"),
    ];
    for (end, payment_status, event_type, intent_status) in ends {
        let stripe = Account::open().await;
        let session = stripe.session("").await;
        let form = "email=ann@example.com&method=bank_debit&name=Ann";
        assert_eq!(stripe.submit(&format!("/c/pay/{session}"), form).await.status.as_u16(), 303);
        let path = format!("/v1/checkout/sessions/{session}");
        let waiting = stripe.get(&path).await;
        assert_eq!((&waiting["status"], &waiting["payment_status"]), (&json!("complete"), &json!("unpaid")));
        let intent = waiting["payment_intent"].as_str().unwrap();
        let earlier = stripe.event_types().await;
        stripe.post(&format!("/_stand_in/bank_debits/{intent}/{end}"), "").await;
        assert_eq!(stripe.get(&path).await["payment_status"], payment_status);
        assert_eq!(stripe.get(&format!("/v1/payment_intents/{intent}")).await["status"], intent_status);
        assert!(stripe.event_types_since(&earlier).await.iter().any(|event| event == event_type));
        let again = stripe.post_refused(&format!("/_stand_in/bank_debits/{intent}/{end}"), "").await;
        assert_eq!(again.1["code"], "payment_intent_unexpected_state");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_submits_charge_once() {
    let stripe = std::sync::Arc::new(Account::open().await);
    let session = stripe.session("").await;
    let mut submits = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (stripe, session) = (std::sync::Arc::clone(&stripe), session.clone());
        submits.spawn(async move { stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16() });
    }
    let statuses = submits.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 49);
    assert_eq!(stripe.get("/v1/charges").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_promotion_code_changes_the_total() {
    let stripe = Account::open().await;
    for (percent, total) in [("25", 3675), ("100", 0)] {
        let coupon = id(&stripe.post("/v1/coupons", &format!("percent_off={percent}")).await);
        let form = format!("promotion[type]=coupon&promotion[coupon]={coupon}&code=OFF{percent}&max_redemptions=1");
        stripe.post("/v1/promotion_codes", &form).await;
        let session = stripe.session("&allow_promotion_codes=true").await;
        let page = format!("/c/pay/{session}/promotion");
        assert_eq!(stripe.submit(&page, "code=NOSUCH").await.status.as_u16(), 400);
        assert_eq!(stripe.submit(&page, &format!("code=off{percent}")).await.status.as_u16(), 303);
        let path = format!("/v1/checkout/sessions/{session}");
        assert_eq!(stripe.get(&path).await["amount_total"], total);
        assert_eq!(stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16(), 303);
        let other = stripe.session("&allow_promotion_codes=true").await;
        let used_up = stripe.submit(&format!("/c/pay/{other}/promotion"), &format!("code=OFF{percent}")).await;
        assert_eq!(used_up.status.as_u16(), 400);
    }
    let free = &stripe.get("/v1/checkout/sessions?status=complete").await["data"][0];
    assert_eq!((&free["payment_status"], &free["payment_intent"]), (&json!("no_payment_required"), &Value::Null));
}

#[tokio::test]
async fn a_code_applied_after_a_declined_card_counts() {
    let stripe = Account::open().await;
    for (percent, charged) in [(50, json!(2450)), (100, Value::Null)] {
        let coupon = id(&stripe.post("/v1/coupons", &format!("percent_off={percent}")).await);
        let form = format!("promotion[type]=coupon&promotion[coupon]={coupon}&code=LATE{percent}");
        stripe.post("/v1/promotion_codes", &form).await;
        let session = stripe.session("&allow_promotion_codes=true").await;
        stripe.pay_by_card(&session, "4000000000000002").await;
        stripe.submit(&format!("/c/pay/{session}/promotion"), &format!("code=LATE{percent}")).await;
        assert_eq!(stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16(), 303);
        let path = format!("/v1/checkout/sessions/{session}?expand[]=payment_intent");
        assert_eq!(stripe.get(&path).await["payment_intent"]["amount_received"], charged);
    }
}

#[tokio::test]
async fn checkout_gives_a_customer_without_an_address_the_one_that_is_entered() {
    let stripe = Account::open().await;
    for (known, kept) in [("", "ann@example.com"), ("email=ada@example.com", "ada@example.com")] {
        let customer = id(&stripe.post("/v1/customers", known).await);
        let session = stripe.session(&format!("&customer={customer}")).await;
        assert_eq!(stripe.pay_by_card(&session, "4242424242424242").await.status.as_u16(), 303);
        assert_eq!(stripe.get(&format!("/v1/customers/{customer}")).await["email"], kept);
    }
}

#[tokio::test]
async fn an_expired_session_cannot_be_paid() {
    let stripe = Account::open().await;
    let session = stripe.session("").await;
    stripe.pay_by_card(&session, "4000000000000002").await;
    stripe.post(&format!("/v1/checkout/sessions/{session}/expire"), "").await;
    let late = stripe.pay_by_card(&session, "4242424242424242").await;
    assert_eq!(late.status.as_u16(), 409);
    assert!(late.page.contains("This session has expired"));
    let (status, error) = stripe.post_refused(&format!("/v1/checkout/sessions/{session}/expire"), "").await;
    assert_eq!(status, 400, "{error}");
    let last = stripe.event_types().await.split_off(3);
    assert_eq!(last, ["payment_intent.canceled", "checkout.session.expired"]);
}

#[tokio::test]
async fn an_authorized_payment_is_captured_or_released() {
    let stripe = Account::open().await;
    for (step, status) in [("capture", "succeeded"), ("cancel", "canceled")] {
        let intent = stripe.paid_intent("&capture_method=manual").await;
        let path = format!("/v1/payment_intents/{intent}");
        assert_eq!(stripe.get(&path).await["amount_capturable"], 4900);
        assert_eq!(stripe.post(&format!("{path}/{step}"), "").await["status"], status);
        assert_eq!(stripe.post_refused(&format!("{path}/{step}"), "").await.0, 400);
    }
}
