//! Shows where Stripe's customer portal may return to, and what it offers.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;

#[tokio::test]
async fn the_portal_returns_only_to_allowed_urls_and_offers_no_plan_changes() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.post("/billing/portal", json!({})).await.expect_problem(404, "no_customer");

    ada.checkout(COURSE).await;
    let web = app.stack.urls().web.clone();
    for body in [json!({}), json!({"return_url": format!("{web}/account"), "flow": "payment_method_update"})] {
        let url = ada.post("/billing/portal", &body).await.expect(200)["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(&app.stack.urls().stripe), "{url}");
        assert_eq!(app.http.get(&url).send().await.unwrap().status(), StatusCode::OK, "{url}");
    }
    // Plans cannot be changed there: every session has our own configuration.
    let list = app.stripe_list("/v1/billing_portal/configurations", &[("is_default", "false")]).await;
    assert_eq!(list.len(), 1, "it is created once");
    let (ours, features) = (&list[0], &list[0]["features"]);
    assert_eq!(ours["metadata"], json!({"tuition_app": "tuition"}));
    assert_eq!(features["subscription_update"]["enabled"], false);
    assert_eq!(
        (&features["payment_method_update"]["enabled"], &features["subscription_cancel"]["mode"]),
        (&json!(true), &json!("at_period_end"))
    );
    for event in app.events("billing_portal.session.created").await {
        assert_eq!(event["data"]["object"]["configuration"], ours["id"]);
    }
    // The operator's tool corrects a configuration that was changed.
    let id = ours["id"].as_str().unwrap();
    let path = format!("/v1/billing_portal/configurations/{id}");
    app.stripe_post(&path, &[("features[subscription_update][enabled]", "true")]).await;
    let context = app.context();
    assert_eq!(shared::stripe::configure_portal(&context.stripe, &context.app, "portal").await.unwrap(), id);
    let corrected = app.stripe_get(&path).await;
    assert_eq!(corrected["features"]["subscription_update"]["enabled"], false);

    ada.post("/billing/portal", json!({"return_url": "https://evil.example/"}))
        .await
        .expect_problem(400, "url_not_allowed");
}

#[tokio::test]
async fn the_portal_of_a_deleted_customer_is_not_found() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.checkout(COURSE).await;
    let customer = app.only_customer().await;
    app.hold_webhooks();
    app.stripe_delete(&format!("/v1/customers/{customer}")).await;
    ada.post("/billing/portal", json!({})).await.expect_problem(404, "no_customer");
    assert_eq!(app.rows_of("USER#", "PROFILE").await[0]["former_customer"], json!(customer));
}
