//! A learner has one trial, also when two pages for plans of different families are open side by side.

use local::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Checkout, Learner, PAYS, TestApp};

/// A stack that sells a second family of plans, with a trial of its own.
async fn two_families() -> TestApp {
    let yaml = include_str!("../../catalog.yaml")
        .replace("    name: Plus\n", "    name: Plus\n    family: coaching\n    trial_days: 7\n");
    // One file for each test: they run at the same time.
    let name = format!("tuition-{}-{}.yaml", std::process::id(), fastrand::u64(..));
    let catalog = std::env::temp_dir().join(name);
    std::fs::write(&catalog, yaml).unwrap();
    let app = TestApp::start_with(Options { catalog: catalog.clone(), ..Options::ephemeral() }).await;
    std::fs::remove_file(&catalog).unwrap();
    app
}

async fn two_pages(app: &TestApp, learner: &Learner) -> [Checkout; 2] {
    let page = async |plan: &str| app.checkout_of(learner, &json!({"plan_id": plan})).await;
    [page("premium").await, page("plus").await]
}

async fn reasons(app: &TestApp, learner: &Learner) -> Vec<Value> {
    let mut reasons = Vec::new();
    for plan in ["premium", "plus"] {
        let shown = app.get(learner, &format!("/entitlements/{plan}")).await.expect(200);
        reasons.push(shown["because"]["reason"].clone());
    }
    reasons
}

async fn check_one_trial(app: &TestApp, learner: &Learner) {
    app.settle().await;
    assert_eq!(reasons(app, learner).await, ["subscribed", "trial_used"]);
    let paid = app.stripe(reqwest::Method::GET, "/v1/charges", &[]).await.expect(200);
    assert_eq!(paid["data"], json!([]), "nothing is charged");
    let ended = app.effects(learner).await;
    assert!(
        ended.iter().any(|effect| effect["effect"] == "subscription_status_changed" && effect["to"] == "canceled"),
        "{ended:?}"
    );
    assert_eq!(app.failures().await, []);
    // Without a trial it can be had.
    app.subscribe(learner, &json!({"plan_id": "plus"})).await;
    assert_eq!(reasons(app, learner).await, ["subscribed", "subscribed"]);
    let shown = app.get(learner, "/entitlements/plus").await.expect(200);
    assert_eq!(shown["because"]["status"], "active");
}

/// Pays both pages, a second apart, while Stripe delivers nothing, and returns what it would have told, first first.
async fn two_trials_unheard_of(app: &TestApp, ada: &Learner) -> Vec<Value> {
    app.hold();
    for page in two_pages(app, ada).await {
        assert_eq!(app.pay(&page, PAYS).await, StatusCode::SEE_OTHER);
        app.advance(std::time::Duration::from_secs(1)).await;
    }
    app.events("customer.subscription.created").await
}

#[tokio::test]
async fn of_two_trials_that_begin_one_after_the_other_the_first_stays() {
    let app = two_families().await;
    let ada = app.ada().await;
    for page in two_pages(&app, &ada).await {
        assert_eq!(app.pay(&page, PAYS).await, StatusCode::SEE_OTHER);
        app.settle().await;
        app.advance(std::time::Duration::from_secs(1)).await;
    }
    check_one_trial(&app, &ada).await;
}

#[tokio::test]
async fn of_two_trials_that_are_heard_of_in_the_wrong_order_the_first_stays() {
    let app = two_families().await;
    let ada = app.ada().await;
    let mut created = two_trials_unheard_of(&app, &ada).await;
    created.reverse();
    for event in &created {
        app.deliver(event).await.expect(200);
    }
    app.stack.stand_in().unwrap().resume_deliveries();
    check_one_trial(&app, &ada).await;
}

#[tokio::test]
async fn of_two_trials_that_are_written_at_the_same_moment_the_first_stays() {
    let app = two_families().await;
    let ada = app.ada().await;
    let created = two_trials_unheard_of(&app, &ada).await;
    let (one, other) = tokio::join!(app.deliver(&created[0]), app.deliver(&created[1]));
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    app.stack.stand_in().unwrap().resume_deliveries();
    check_one_trial(&app, &ada).await;
}
