//! Shows which events are ours, whose they are, and what becomes of the others.

use cli::catalog::{CatalogFile, push, sync};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::{CATALOG_YAML, COURSE};

#[tokio::test]
async fn events_of_other_applications_are_acknowledged_and_not_stored() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    let before = app.rows().await;

    let mut other = completed.clone();
    other["data"]["object"]["metadata"]["tuition_app"] = json!("another-school");
    assert_eq!(app.deliver(&other).await.expect(200)["outcome"], "not_ours");
    let mut unknown = completed;
    unknown["type"] = json!("customer.discount.created");
    assert_eq!(app.deliver(&unknown).await.expect(200)["outcome"], "ignored");

    assert_eq!(app.rows().await, before);
    assert!(app.failures().await.is_empty());
}

#[tokio::test]
async fn a_sale_without_a_learner_waits_for_an_operator() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    // As a Payment Link sells it: a price of ours, and none of our metadata or customers.
    let price = app.price_of_session(completed["data"]["object"]["id"].as_str().unwrap()).await;
    let link = app.create_session("payment", &price, &[]).await;
    assert_eq!(app.pay(&link, VALID_CARD).await, StatusCode::SEE_OTHER);
    let link = app.last_event("checkout.session.completed").await;

    assert_eq!(app.deliver(&link).await.expect(200)["outcome"], "unassigned");
    assert_eq!(app.deliver(&link).await.expect(200)["outcome"], "unassigned");
    let failures = app.failures().await;
    assert_eq!((failures.len(), failures[0].code.as_str(), failures[0].attempts), (1, "unassigned_sale", 2));
}

/// An event about an object that Stripe has deleted.
fn event_about_deleted(kind: &str, object: Value) -> Value {
    json!({
        "id": format!("evt_gone_{}", kind.replace('.', "_")), "object": "event", "type": kind, "created": 1_790_000_000,
        "livemode": false, "api_version": "2026-09-30.endive", "data": {"object": object},
    })
}

#[tokio::test]
async fn events_of_connected_accounts_are_ignored() {
    let (app, proxy) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, mut completed) = ada.buy_without_webhooks(COURSE).await;
    completed["account"] = json!("acct_of_somebody_else");
    proxy.reset();
    let before = app.rows().await;
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "not_ours");
    assert_eq!(app.rows().await, before);
    assert_eq!(proxy.calls(), [""; 0]);
    assert_eq!(ada.access_reason(COURSE).await, "not_purchased");
}

#[tokio::test]
async fn an_unknown_object_without_our_metadata_is_acknowledged() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    // A customer of ours, as an invoice may name.
    let checkout = ada.checkout_with(json!({"plan_id": "premium"})).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
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
        assert_eq!(app.deliver(&event_about_deleted(kind, object)).await.expect(200)["outcome"], "not_ours", "{kind}");
    }
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn an_unknown_object_with_our_metadata_is_a_failure() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, mut completed) = ada.buy_without_webhooks(COURSE).await;
    completed["id"] = json!("evt_of_a_lost_payment");
    completed["created"] = json!(0);
    completed["data"]["object"]["payment_intent"] = json!("pi_gone");
    assert_eq!(app.deliver(&completed).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(app.failures().await.len(), 1);
}

/// A Payment Link keeps selling the price that it was made with.
#[tokio::test]
async fn a_sale_of_an_archived_price_is_recognized_by_its_product() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.checkout("fine-tuning").await;
    let customer = app.only_customer().await;
    let price = app.price_at_stripe("vector-search_usd").await["id"].as_str().unwrap().to_owned();
    let link = app.create_session("payment", &price, &[("customer", &customer)]).await;

    let context = app.context();
    let file = CatalogFile::parse(&CATALOG_YAML.replace("usd: 4900", "usd: 5900")).unwrap();
    assert_ne!(push(&context.stripe, &context.app, &file).await.unwrap(), []);
    sync(&context, &file).await.unwrap();
    assert_eq!(app.pay(&link, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn a_session_with_several_of_our_prices_opens_all_of_their_courses() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.checkout("ai-engineer-track").await;
    let customer = app.only_customer().await;
    let price = async |key: &str| app.price_at_stripe(key).await["id"].as_str().unwrap().to_owned();
    let (search, tuning) = (price("vector-search_usd").await, price("fine-tuning_usd").await);
    let second = [("line_items[1][price]", tuning.as_str()), ("line_items[1][quantity]", "1")];
    let more = [&[("customer", customer.as_str())], second.as_slice()].concat();
    let session = app.create_session("payment", &search, &more).await;
    assert_eq!(app.pay(&session, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    for course in [COURSE, "fine-tuning"] {
        assert_eq!(ada.access_reason(course).await, "purchased", "{course}");
        let again = ada.post("/checkout/sessions", json!({"course_id": course})).await;
        assert_eq!(again.code(), "already_owned", "{course}");
    }
    let owned = ada.get("/entitlements").await.expect(200);
    assert_eq!(owned["items"].as_array().unwrap().len(), 2, "{owned}");
    app.refund(&app.payment_intent_of(&session.session).await, &[]).await;
    for course in [COURSE, "fine-tuning"] {
        assert_eq!(ada.access_reason(course).await, "refunded", "{course}");
    }
}
