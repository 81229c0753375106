//! Events that are none of our business, on an account that we share or that was cleared.

use cli::catalog::{CatalogFile, push, sync};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{COURSE, Checkout, PAYS, TestApp};
use crate::support::fault_proxy::Fault;

/// An event of Stripe's about an object that it does not know any more.
fn about(kind: &str, object: Value) -> Value {
    json!({
        "id": format!("evt_gone_{}", kind.replace('.', "_")), "object": "event", "type": kind, "created": 1_790_000_000,
        "livemode": false, "api_version": "2026-09-30.endive", "data": {"object": object},
    })
}

#[tokio::test]
async fn what_happened_on_a_connected_account_is_neither_read_nor_written() {
    let (app, proxy) = TestApp::start_before_stripe().await;
    app.hold();
    let ada = app.ada().await;
    let (_, mut completed) = app.pay_unheard(&ada, COURSE).await;
    completed["account"] = json!("acct_of_somebody_else");
    proxy.reset();
    let before = app.rows().await;
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "not_ours");
    assert_eq!(app.rows().await, before);
    assert_eq!(proxy.calls(), [""; 0]);
    assert_eq!(app.reason(&ada, COURSE).await, "not_purchased");
}

#[tokio::test]
async fn what_stripe_does_not_know_and_nobody_calls_ours_is_not_tried_again_for_ever() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    // A customer of ours, as an invoice may name.
    let checkout = app.checkout_of(&ada, &json!({"plan_id": "premium"})).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    let customer = app.rows_of("USER#", "PROFILE").await[0]["customer"].clone();
    for (kind, object) in [
        ("refund.created", json!({"id": "re_gone", "object": "refund", "payment_intent": "pi_gone"})),
        ("charge.refunded", json!({"id": "ch_gone", "object": "charge", "metadata": {}, "payment_intent": "pi_gone"})),
        ("charge.dispute.created", json!({"id": "dp_gone", "object": "dispute", "payment_intent": "pi_gone"})),
        ("payment_intent.processing", json!({"id": "pi_gone", "object": "payment_intent", "metadata": {}})),
        ("checkout.session.completed", json!({"id": "cs_test_gone", "object": "checkout.session", "metadata": {}})),
        (
            "invoice.paid",
            json!({
                "id": "in_gone", "object": "invoice", "customer": customer,
                "parent": {"subscription_details": {"metadata": {}, "subscription": "sub_gone"}},
            }),
        ),
    ] {
        assert_eq!(app.deliver(&about(kind, object)).await.expect(200)["outcome"], "not_ours", "{kind}");
    }
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn what_is_called_ours_and_is_unknown_to_stripe_stays_a_failure() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, mut completed) = app.pay_unheard(&ada, COURSE).await;
    completed["id"] = json!("evt_of_a_lost_payment");
    completed["created"] = json!(0);
    completed["data"]["object"]["payment_intent"] = json!("pi_gone");
    assert_eq!(app.deliver(&completed).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(app.failures().await.len(), 1);
}

#[tokio::test]
async fn odd_headers_are_no_defect() {
    let app = TestApp::start().await;
    for (name, value) in [("host", "x:99999"), ("host", "1:%"), ("x-forwarded-proto", "1:%")] {
        let request = reqwest::Client::new().get(format!("{}/catalog", app.stack.urls().api)).header(name, value);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_failed_event_is_kept_without_personal_data_and_can_be_applied_again() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    app.hold();
    let ada = app.ada().await;
    let (_, mut completed) = app.pay_unheard(&ada, COURSE).await;
    completed["data"]["object"]["customer_details"] = json!({"email": "ada@example.com", "name": "Ada Lovelace"});
    completed["data"]["object"]["metadata"]["nickname"] = json!("Countess");
    // Of an old event Stripe is asked, and does not answer.
    completed["created"] = json!(0);
    stripe.reset();
    stripe.inject(Fault::CrashBefore(1));
    assert_eq!(app.deliver(&completed).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let kept = app.failures().await.remove(0);
    for personal in ["ada@example.com", "Lovelace", "Countess"] {
        assert!(!kept.payload.contains(personal), "{}", kept.payload);
    }

    stripe.reset();
    let again: Value = serde_json::from_str(&kept.payload).unwrap();
    assert_eq!(app.deliver(&again).await.expect(200)["outcome"], "applied");
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    assert_eq!(app.failures().await, []);
}

/// A Payment Link goes on to sell the price that it was made with.
#[tokio::test]
async fn a_price_that_is_not_offered_any_more_is_known_by_its_product() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.checkout(&ada, "fine-tuning").await;
    let customer = app.rows_of("USER#", "PROFILE").await[0]["customer"].as_str().unwrap().to_owned();
    let prices = app.stripe(Method::GET, "/v1/prices", &[("lookup_keys[0]", "vector-search_usd")]).await.expect(200);
    let price = prices["data"][0]["id"].as_str().unwrap().to_owned();
    let form = [
        ("mode", "payment"),
        ("line_items[0][price]", &price),
        ("line_items[0][quantity]", "1"),
        ("customer", &customer),
        ("success_url", "https://example.com/"),
    ];
    let sold = app.stripe(Method::POST, "/v1/checkout/sessions", &form).await.expect(200);

    let context = app.context();
    let file = CatalogFile::parse(&include_str!("../../catalog.yaml").replace("usd: 4900", "usd: 5900")).unwrap();
    assert_ne!(push(&context.stripe, &context.app, &file).await.unwrap(), []);
    sync(&context, &file).await.unwrap();
    let text = |name: &str| sold[name].as_str().unwrap().to_owned();
    let link = Checkout { session: text("id"), url: text("url") };
    assert_eq!(app.pay(&link, PAYS).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn a_session_with_several_of_our_prices_opens_all_of_them() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.checkout(&ada, "ai-engineer-track").await;
    let customer = app.rows_of("USER#", "PROFILE").await[0]["customer"].as_str().unwrap().to_owned();
    let mut form = vec![
        ("mode".to_owned(), "payment".to_owned()),
        ("customer".to_owned(), customer),
        ("success_url".to_owned(), "https://example.com/".to_owned()),
    ];
    for (line, course) in [COURSE, "fine-tuning"].into_iter().enumerate() {
        let key = format!("{course}_usd");
        let prices = app.stripe(Method::GET, "/v1/prices", &[("lookup_keys[0]", &key)]).await.expect(200);
        form.push((format!("line_items[{line}][price]"), prices["data"][0]["id"].as_str().unwrap().to_owned()));
        form.push((format!("line_items[{line}][quantity]"), "1".to_owned()));
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let sold = app.stripe(Method::POST, "/v1/checkout/sessions", &form).await.expect(200);
    let text = |name: &str| sold[name].as_str().unwrap().to_owned();
    let session = Checkout { session: text("id"), url: text("url") };
    assert_eq!(app.pay(&session, PAYS).await, StatusCode::SEE_OTHER);
    app.settle().await;
    for course in [COURSE, "fine-tuning"] {
        assert_eq!(app.reason(&ada, course).await, "purchased", "{course}");
        let again = app.post(&ada, "/checkout/sessions", &json!({"course_id": course})).await;
        assert_eq!(again.code(), "already_owned", "{course}");
    }
    let owned = app.get(&ada, "/entitlements").await.expect(200);
    assert_eq!(owned["items"].as_array().unwrap().len(), 2, "{owned}");
    app.refund(&app.intent(&session.session).await, &[]).await;
    for course in [COURSE, "fine-tuning"] {
        assert_eq!(app.reason(&ada, course).await, "refunded", "{course}");
    }
}
