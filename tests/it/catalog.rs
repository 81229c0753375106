//! From `catalog.yaml` to Stripe, from Stripe to the table, and back when something changes there.

use cli::catalog::{CatalogFile, Pushed, SyncError, push, render, sync};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{COURSE, TestApp};

const YAML: &str = include_str!("../../catalog.yaml");

async fn product(app: &TestApp, id: &str) -> Value {
    app.rows_of("CATALOG", &format!("PRODUCT#{id}")).await.remove(0)
}

fn amount(product: &Value, currency: &str) -> Value {
    let prices = product["prices"].as_array().unwrap();
    prices.iter().find(|price| price["currency"] == currency).map_or(Value::Null, |price| price["amount"].clone())
}

#[tokio::test]
async fn pushing_and_syncing_again_changes_nothing() {
    let app = TestApp::start().await;
    let context = app.context();
    let file = CatalogFile::parse(YAML).unwrap();
    let before = app.rows_of("CATALOG", "").await;
    let events = app.events("*").await.len();

    assert_eq!(push(&context.stripe, &context.app, &file).await.unwrap(), []);
    sync(&context, &file).await.unwrap();

    assert_eq!(app.rows_of("CATALOG", "").await, before);
    assert_eq!(app.events("*").await.len(), events, "Stripe was only read");
}

#[tokio::test]
async fn a_new_amount_is_a_new_price_under_the_same_lookup_key() {
    let app = TestApp::start().await;
    let context = app.context();
    let old = product(&app, COURSE).await;
    let file = CatalogFile::parse(&YAML.replace("usd: 4900", "usd: 5900")).unwrap();

    let done = push(&context.stripe, &context.app, &file).await.unwrap();
    let key = "vector-search_usd".to_owned();
    assert_eq!(done, [Pushed::PriceCreated(key.clone()), Pushed::PriceArchived(key)]);
    sync(&context, &file).await.unwrap();

    let new = product(&app, COURSE).await;
    assert_eq!((amount(&old, "usd"), amount(&new, "usd")), (json!(4_900), json!(5_900)));
    assert_eq!(amount(&old, "eur"), amount(&new, "eur"));
    let shown = render(&context.store.catalog().await.unwrap());
    assert!(shown.contains("5900 usd"), "{shown}");
}

#[tokio::test]
async fn what_changes_in_stripe_reaches_the_table_by_webhook() {
    let app = TestApp::start().await;
    let row = product(&app, COURSE).await;
    let id = row["stripe_product"].as_str().unwrap().to_owned();

    app.stripe(Method::POST, &format!("/v1/products/{id}"), &[("name", "Finding Things")]).await.expect(200);
    app.settle().await;
    assert_eq!(product(&app, COURSE).await["name"], "Finding Things");

    let price = row["prices"].as_array().unwrap().iter().find(|price| price["currency"] == "usd").unwrap();
    let price = price["id"].as_str().unwrap();
    app.stripe(Method::POST, &format!("/v1/prices/{price}"), &[("active", "false")]).await.expect(200);
    app.settle().await;
    assert_eq!(amount(&product(&app, COURSE).await, "usd"), Value::Null, "an archived price is not on offer");
    assert_eq!(amount(&product(&app, COURSE).await, "eur"), json!(4_500));

    app.stripe(Method::POST, &format!("/v1/products/{id}"), &[("active", "false")]).await.expect(200);
    app.settle().await;
    let archived = product(&app, COURSE).await;
    assert_eq!((&archived["prices"], &archived["name"]), (&json!([]), &json!("Finding Things")));
    assert!(app.failures().await.is_empty());
}

#[tokio::test]
async fn what_was_bought_stays_open_when_it_is_not_sold_any_more() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.buy(&ada, COURSE).await;
    let id = product(&app, COURSE).await["stripe_product"].as_str().unwrap().to_owned();
    app.stripe(Method::POST, &format!("/v1/products/{id}"), &[("active", "false")]).await.expect(200);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn what_the_file_no_longer_lists_is_no_longer_offered() {
    let app = TestApp::start().await;
    let context = app.context();
    let start = YAML.find("  - id: practice-bundle").unwrap();
    let end = YAML.rfind("  - id: ai-engineer-track").unwrap();
    let file = CatalogFile::parse(&format!("{}{}", &YAML[..start], &YAML[end..])).unwrap();
    sync(&context, &file).await.unwrap();
    let bundle = product(&app, "practice-bundle").await;
    assert_eq!((&bundle["retired"], &bundle["prices"]), (&json!(true), &json!([])), "it is kept for those who own it");
    let shown = render(&context.store.catalog().await.unwrap());
    assert!(!shown.contains("practice-bundle"), "{shown}");
    sync(&context, &CatalogFile::parse(YAML).unwrap()).await.unwrap();
    assert_eq!(product(&app, "practice-bundle").await["retired"], false, "and back when it is listed again");
}

#[tokio::test]
async fn syncing_what_was_never_pushed_says_what_to_do() {
    let app = TestApp::start().await;
    let context = app.context();
    let file = CatalogFile::parse(&YAML.replace("  - id: practice-bundle", "  - id: new-bundle")).unwrap();
    let error = sync(&context, &file).await.unwrap_err();
    assert!(matches!(error, SyncError::NotPushed(_)));
    assert_eq!(error.to_string(), "Stripe has no product new-bundle: run `tuition catalog push` first");
}

#[tokio::test]
async fn two_currencies_are_on_offer_and_the_request_chooses() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    for (wish, currency, total) in
        [(json!({"course_id": COURSE}), "usd", 4_900), (json!({"course_id": COURSE, "currency": "eur"}), "eur", 4_500)]
    {
        let opened = app.post(&ada, "/checkout/sessions", &wish).await.expect(201);
        let session = format!("/v1/checkout/sessions/{}", opened["session_id"].as_str().unwrap());
        let session = app.stripe(Method::GET, &session, &[]).await.expect(200);
        assert_eq!((&session["currency"], &session["amount_total"]), (&json!(currency), &json!(total)));
    }
}

#[tokio::test]
async fn a_price_that_was_archived_unheard_is_the_clients_to_know() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let row = product(&app, COURSE).await;
    let dollars = row["prices"].as_array().unwrap().iter().find(|price| price["currency"] == "usd").unwrap();
    let price = dollars["id"].as_str().unwrap();
    app.stripe(Method::POST, &format!("/v1/prices/{price}"), &[("active", "false")]).await.expect(200);

    let refused = app.post(&ada, "/checkout/sessions", &json!({"price_id": price})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (400, "unknown_price"), "{}", refused.body);
    let refreshed = product(&app, COURSE).await;
    assert_eq!(amount(&refreshed, "usd"), Value::Null, "the table learnt of it");
    assert_eq!(amount(&refreshed, "eur"), json!(4_500));
    // The claim was given back: another price can be paid at once.
    app.checkout_of(&ada, &json!({"course_id": COURSE, "currency": "eur"})).await;

    let id = row["stripe_product"].as_str().unwrap();
    let grace = app.learner("grace@example.com").await;
    let euros = row["prices"].as_array().unwrap().iter().find(|price| price["currency"] == "eur").unwrap();
    app.stripe(Method::POST, &format!("/v1/prices/{}", euros["id"].as_str().unwrap()), &[("active", "false")]).await;
    app.stripe(Method::POST, &format!("/v1/products/{id}"), &[("active", "false")]).await.expect(200);
    let refused = app.post(&grace, "/checkout/sessions", &json!({"price_id": euros["id"]})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (400, "unknown_price"), "{}", refused.body);
    assert_eq!(product(&app, COURSE).await["prices"], json!([]));
}
