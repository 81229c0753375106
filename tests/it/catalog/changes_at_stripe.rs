//! Shows how products and prices that are changed at Stripe change in the catalog, by webhook or without one.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::{COURSE, amount};

#[tokio::test]
async fn changes_at_stripe_reach_the_table_by_webhook() {
    let app = TestApp::start().await;
    let row = app.product_row(COURSE).await;
    let id = row["stripe_product"].as_str().unwrap().to_owned();

    app.stripe_post(&format!("/v1/products/{id}"), &[("name", "Finding Things")]).await;
    app.settle().await;
    assert_eq!(app.product_row(COURSE).await["name"], "Finding Things");

    let price = row["prices"].as_array().unwrap().iter().find(|price| price["currency"] == "usd").unwrap();
    let price = price["id"].as_str().unwrap();
    app.stripe_post(&format!("/v1/prices/{price}"), &[("active", "false")]).await;
    app.settle().await;
    assert_eq!(amount(&app.product_row(COURSE).await, "usd"), Value::Null, "an archived price is not on offer");
    assert_eq!(amount(&app.product_row(COURSE).await, "eur"), json!(4_500));

    app.stripe_post(&format!("/v1/products/{id}"), &[("active", "false")]).await;
    app.settle().await;
    let archived = app.product_row(COURSE).await;
    assert_eq!((&archived["prices"], &archived["name"]), (&json!([]), &json!("Finding Things")));
    assert!(app.failures().await.is_empty());
}

#[tokio::test]
async fn a_course_that_was_bought_stays_open_when_its_product_is_archived() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.buy(COURSE).await;
    let id = app.product_row(COURSE).await["stripe_product"].as_str().unwrap().to_owned();
    app.stripe_post(&format!("/v1/products/{id}"), &[("active", "false")]).await;
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

/// Somebody duplicates the product in the Dashboard (metadata is copied, prices have no lookup key).
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_product_at_stripe_does_not_replace_the_first_one() {
    let app = TestApp::start().await;
    let form = [("name", "Copy"), ("metadata[tuition_app]", "tuition"), ("metadata[tuition_product]", COURSE)];
    app.stripe_post("/v1/products", &form).await;
    app.settle().await;
    assert_ne!(app.product_row(COURSE).await["prices"], json!([]));
}

#[tokio::test]
async fn a_price_that_was_archived_without_a_webhook_is_unknown_to_the_checkout_too() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let row = app.product_row(COURSE).await;
    let dollars = row["prices"].as_array().unwrap().iter().find(|price| price["currency"] == "usd").unwrap();
    let price = dollars["id"].as_str().unwrap();
    app.stripe_post(&format!("/v1/prices/{price}"), &[("active", "false")]).await;

    ada.post("/checkout/sessions", json!({"price_id": price})).await.expect_problem(400, "unknown_price");
    let refreshed = app.product_row(COURSE).await;
    assert_eq!(amount(&refreshed, "usd"), Value::Null, "the table is up to date");
    assert_eq!(amount(&refreshed, "eur"), json!(4_500));
    // The refused request does not keep the slot.
    ada.checkout_with(json!({"course_id": COURSE, "currency": "eur"})).await;

    let id = row["stripe_product"].as_str().unwrap();
    let grace = app.as_learner("grace").await;
    let euros = row["prices"].as_array().unwrap().iter().find(|price| price["currency"] == "eur").unwrap();
    app.stripe_post(&format!("/v1/prices/{}", euros["id"].as_str().unwrap()), &[("active", "false")]).await;
    app.stripe_post(&format!("/v1/products/{id}"), &[("active", "false")]).await;
    grace.post("/checkout/sessions", json!({"price_id": euros["id"]})).await.expect_problem(400, "unknown_price");
    assert_eq!(app.product_row(COURSE).await["prices"], json!([]));
}
