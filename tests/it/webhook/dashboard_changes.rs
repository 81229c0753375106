//! Shows what becomes of payments that are made or edited in Stripe's Dashboard.

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;

/// A sale that has our customer and no metadata; the event of its refund is delivered first.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_event_arrives_before_the_dashboard_sale_closes_the_course() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let ours = ada.checkout(COURSE).await;
    let read = app.session_at_stripe(&ours.session).await;
    let price = app.price_of_session(&ours.session).await;
    let sold = app.create_session("payment", &price, &[("customer", read["customer"].as_str().unwrap())]).await;
    app.pay(&sold, VALID_CARD).await;
    let intent = app.payment_intent_of(&sold.session).await;
    app.refund(&intent, &[]).await;
    for kind in ["payment_intent.succeeded", "charge.refunded", "refund.created", "checkout.session.completed"] {
        let id = if kind.starts_with("checkout") { &sold.session } else { &intent };
        app.deliver(&app.event_about(kind, id).await).await.expect(200);
    }
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
}

/// Nobody paid.
#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_payment_link_is_not_an_error() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let ours = ada.checkout(COURSE).await;
    let price = app.price_of_session(&ours.session).await;
    let link = app.create_session("payment", &price, &[]).await;
    app.expire_session(&link.session).await;
    let expired = app.event_about("checkout.session.expired", &link.session).await;
    assert_eq!(app.deliver(&expired).await.expect(200)["outcome"], "not_ours");
    assert!(app.failures().await.is_empty(), "{:?}", app.failures().await[0].error);
}

/// An event that failed once and then turns out not to be ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_successful_retry_closes_the_entry_of_an_event_that_is_not_ours() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let form = [
        ("amount", "500"),
        ("currency", "usd"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("automatic_payment_methods[enabled]", "true"),
        ("automatic_payment_methods[allow_redirects]", "never"),
    ];
    let intent = app.stripe_post("/v1/payment_intents", &form).await;
    let intent = intent["id"].as_str().unwrap();
    app.refund(intent, &[]).await;
    let created = app.event_about("refund.created", intent).await;
    stripe.inject(Fault::CrashBefore(1));
    assert_eq!(app.deliver(&created).await.status, 500);
    assert_eq!(app.failures().await.len(), 1);
    stripe.reset();
    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "not_ours");
    assert!(app.failures().await.is_empty(), "the entry is closed");
}

/// Metadata of the charge was edited in the Dashboard before the refund.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_finds_its_learner_although_the_metadata_of_the_charge_was_edited() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let grace = app.as_learner("grace").await;
    let intent = ada.buy(COURSE).await;
    let read = app.stripe_get(&format!("/v1/payment_intents/{intent}")).await;
    let charge = read["latest_charge"].as_str().unwrap();
    let edit = [("metadata[tuition_user]", grace.user.as_str())];
    app.stripe_post(&format!("/v1/charges/{charge}"), &edit).await;
    app.hold_webhooks();
    app.refund(&intent, &[]).await;
    for kind in ["charge.refunded", "refund.created"] {
        app.deliver(&app.event_about(kind, &intent).await).await.expect(200);
    }
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
}
