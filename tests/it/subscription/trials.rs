//! Shows that a learner has one trial, also when pages for plans of different families are open side by side.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::{CATALOG_YAML, COURSE};
use crate::support::hosted_page::Checkout;
use crate::support::learner::Learner;
use crate::support::time::SECOND;

#[tokio::test]
async fn a_learner_has_one_trial() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.subscribe(json!({"plan_id": "premium"})).await;
    assert_eq!(ada.access(COURSE).await["because"]["status"], "trialing");

    app.cancel_at_stripe(&first).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");

    let again = json!({"plan_id": "premium", "trial_days": 3});
    assert_eq!(ada.post("/checkout/sessions", &again).await.code(), "trial_used");
    ada.subscribe(json!({"plan_id": "premium"})).await;
    assert_eq!(ada.access(COURSE).await["because"]["status"], "active");
}

#[tokio::test]
async fn a_shorter_trial_than_the_plans_may_be_asked_for() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(json!({"plan_id": "premium", "trial_days": 2})).await;
    let found = app.subscription_at_stripe(&subscription).await;
    let days = found["trial_end"].as_i64().unwrap() - found["trial_start"].as_i64().unwrap();
    assert_eq!((found["status"].as_str(), days), (Some("trialing"), 2 * 86_400));
}

#[tokio::test]
async fn an_open_page_that_offers_a_trial_is_replaced_once_the_trial_was_used() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let plan = json!({"plan_id": "premium"});
    let with_trial = ada.checkout_with(&plan).await;
    assert_eq!(ada.checkout_with(&plan).await.session, with_trial.session);

    // An operator gives a trial in the Dashboard, and ends it.
    let customer = app.only_customer().await;
    let price = app.price_of_session(&with_trial.session).await;
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price]", price.as_str()),
        ("trial_period_days", "7"),
        ("metadata[tuition_app]", "tuition"),
        ("metadata[tuition_user]", ada.user.as_str()),
        ("metadata[tuition_product]", "premium"),
        ("metadata[tuition_family]", "membership"),
    ];
    let made = app.stripe_post("/v1/subscriptions", &form).await;
    app.settle().await;
    app.cancel_at_stripe(made["id"].as_str().unwrap()).await;

    let without_trial = ada.checkout_with(&plan).await;
    assert_ne!(without_trial.session, with_trial.session);
    assert_eq!(app.pay(&without_trial, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(ada.access(COURSE).await["because"]["status"], "active");
}

/// A stack that sells a second plan family, with a trial of its own.
async fn two_families() -> TestApp {
    let yaml = CATALOG_YAML.replace("    name: Plus\n", "    name: Plus\n    family: coaching\n    trial_days: 7\n");
    TestApp::start_with_catalog(&yaml).await
}

/// Begins a checkout for a plan of each family.
async fn two_pages(learner: &Learner) -> [Checkout; 2] {
    let page = async |plan: &str| learner.checkout_with(json!({"plan_id": plan})).await;
    [page("premium").await, page("plus").await]
}

/// Why each of the two plans is open or not.
async fn reasons(learner: &Learner) -> Vec<Value> {
    let mut reasons = Vec::new();
    for plan in ["premium", "plus"] {
        let shown = learner.get(&format!("/entitlements/{plan}")).await.expect(200);
        reasons.push(shown["because"]["reason"].clone());
    }
    reasons
}

/// Panics unless only the first trial stays, and the other plan can be had without one.
async fn check_one_trial(app: &TestApp, learner: &Learner) {
    app.settle().await;
    assert_eq!(reasons(learner).await, ["subscribed", "trial_used"]);
    assert_eq!(app.stripe_list("/v1/charges", &[]).await, [] as [Value; 0], "nothing is charged");
    let ended = learner.transitions().await;
    assert!(
        ended
            .iter()
            .any(|transition| transition["effect"] == "subscription_status_changed" && transition["to"] == "canceled"),
        "{ended:?}"
    );
    assert_eq!(app.failures().await, []);
    // Without a trial it can be had.
    learner.subscribe(json!({"plan_id": "plus"})).await;
    assert_eq!(reasons(learner).await, ["subscribed", "subscribed"]);
    let shown = learner.get("/entitlements/plus").await.expect(200);
    assert_eq!(shown["because"]["status"], "active");
}

/// Pays both pages, a second apart, while webhooks are held. Returns the events of both subscriptions, oldest first.
async fn two_trials_without_webhooks(app: &TestApp, ada: &Learner) -> Vec<Value> {
    app.hold_webhooks();
    for page in two_pages(ada).await {
        assert_eq!(app.pay(&page, VALID_CARD).await, StatusCode::SEE_OTHER);
        app.advance(SECOND).await;
    }
    app.events("customer.subscription.created").await
}

#[tokio::test]
async fn the_second_of_two_trials_is_canceled() {
    let app = two_families().await;
    let ada = app.as_learner("ada").await;
    for page in two_pages(&ada).await {
        assert_eq!(app.pay(&page, VALID_CARD).await, StatusCode::SEE_OTHER);
        app.settle().await;
        app.advance(SECOND).await;
    }
    check_one_trial(&app, &ada).await;
}

/// Whether the return page or the webhook comes first.
#[tokio::test]
async fn the_return_page_of_a_second_trial_is_fulfilled_and_opens_nothing() {
    for webhooks_first in [true, false] {
        let app = two_families().await;
        let ada = app.as_learner("ada").await;
        let [first, second] = two_pages(&ada).await;
        assert_eq!(app.pay(&first, VALID_CARD).await, StatusCode::SEE_OTHER);
        app.settle().await;
        app.advance(SECOND).await;
        if !webhooks_first {
            app.hold_webhooks();
        }
        assert_eq!(app.pay(&second, VALID_CARD).await, StatusCode::SEE_OTHER);
        app.settle().await;
        let page = ada.return_page(&second.session).await.expect(200);
        assert_eq!((&page["payment_status"], &page["fulfilled"]), (&json!("no_payment_required"), &json!(true)));
        assert_eq!(reasons(&ada).await, ["subscribed", "trial_used"], "webhooks first: {webhooks_first}");
    }
}

#[tokio::test]
async fn the_second_of_two_trials_is_canceled_even_if_its_event_arrives_first() {
    let app = two_families().await;
    let ada = app.as_learner("ada").await;
    let mut created = two_trials_without_webhooks(&app, &ada).await;
    created.reverse();
    for event in &created {
        app.deliver(event).await.expect(200);
    }
    app.release_webhooks();
    check_one_trial(&app, &ada).await;
}

#[tokio::test]
async fn the_second_of_two_trials_is_canceled_even_if_both_are_applied_at_the_same_time() {
    let app = two_families().await;
    let ada = app.as_learner("ada").await;
    let created = two_trials_without_webhooks(&app, &ada).await;
    let (one, other) = tokio::join!(app.deliver(&created[0]), app.deliver(&created[1]));
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    app.release_webhooks();
    check_one_trial(&app, &ada).await;
}
