//! Shows how the catalog file becomes products and prices at Stripe, and rows of the table.

use cli::catalog::{CatalogFile, PushedChange, SyncError, push, render, sync};
use serde_json::json;
use shared::domain::{UserId, decide_access};

use crate::support::app::TestApp;
use crate::support::catalog::{CATALOG_YAML, COURSE, amount};

#[tokio::test]
async fn a_second_push_and_sync_change_nothing() {
    let app = TestApp::start().await;
    let context = app.context();
    let file = CatalogFile::parse(CATALOG_YAML).unwrap();
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
    let old = app.product_row(COURSE).await;
    let file = CatalogFile::parse(&CATALOG_YAML.replace("usd: 4900", "usd: 5900")).unwrap();

    let done = push(&context.stripe, &context.app, &file).await.unwrap();
    let key = "vector-search_usd".to_owned();
    assert_eq!(done, [PushedChange::PriceCreated(key.clone()), PushedChange::PriceArchived(key)]);
    sync(&context, &file).await.unwrap();

    let new = app.product_row(COURSE).await;
    assert_eq!((amount(&old, "usd"), amount(&new, "usd")), (json!(4_900), json!(5_900)));
    assert_eq!(amount(&old, "eur"), amount(&new, "eur"));
    let shown = render(&context.store.catalog().await.unwrap());
    assert!(shown.contains("5900 usd"), "{shown}");
}

#[tokio::test]
async fn a_product_that_the_file_no_longer_lists_is_no_longer_offered() {
    let app = TestApp::start().await;
    let context = app.context();
    let start = CATALOG_YAML.find("  - id: practice-bundle").unwrap();
    let end = CATALOG_YAML.rfind("  - id: ai-engineer-track").unwrap();
    let file = CatalogFile::parse(&format!("{}{}", &CATALOG_YAML[..start], &CATALOG_YAML[end..])).unwrap();
    sync(&context, &file).await.unwrap();
    let bundle = app.product_row("practice-bundle").await;
    assert_eq!((&bundle["retired"], &bundle["prices"]), (&json!(true), &json!([])), "it is kept for those who own it");
    let shown = render(&context.store.catalog().await.unwrap());
    assert!(!shown.contains("practice-bundle"), "{shown}");
    sync(&context, &CatalogFile::parse(CATALOG_YAML).unwrap()).await.unwrap();
    assert_eq!(app.product_row("practice-bundle").await["retired"], false, "and back when it is listed again");
}

#[tokio::test]
async fn a_sync_before_the_push_says_what_to_do() {
    let app = TestApp::start().await;
    let context = app.context();
    let file = CatalogFile::parse(&CATALOG_YAML.replace("  - id: practice-bundle", "  - id: new-bundle")).unwrap();
    let error = sync(&context, &file).await.unwrap_err();
    assert!(matches!(error, SyncError::NotPushed(_)));
    assert_eq!(error.to_string(), "Stripe has no product new-bundle: run `tuition catalog push` first");
}

#[tokio::test]
async fn the_request_chooses_between_two_currencies() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for (request, currency, total) in
        [(json!({"course_id": COURSE}), "usd", 4_900), (json!({"course_id": COURSE, "currency": "eur"}), "eur", 4_500)]
    {
        let opened = ada.post("/checkout/sessions", &request).await.expect(201);
        let session = app.session_at_stripe(opened["session_id"].as_str().unwrap()).await;
        assert_eq!((&session["currency"], &session["amount_total"]), (&json!(currency), &json!(total)));
    }
}

/// A product that is not offered any more stays open to those who bought it.
#[tokio::test(flavor = "multi_thread")]
async fn a_course_that_was_bought_stays_open_when_the_file_no_longer_lists_its_product() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.buy(COURSE).await;
    let mut file = CatalogFile::parse(CATALOG_YAML).unwrap();
    file.products.retain(|listed| listed.product.id.as_str() != COURSE);
    let context = app.context();
    sync(&context, &file).await.unwrap();
    let catalog = context.store.catalog().await.unwrap();
    let facts = context.store.facts(&UserId::parse(ada.user.as_str()).unwrap()).await.unwrap();
    let course = catalog.course(COURSE).unwrap();
    let answer = decide_access(
        jiff::Timestamp::now(),
        &shared::domain::SubscriptionPolicy::default(),
        &facts,
        catalog.access_target(course),
    );
    assert!(answer.is_allowed(), "{answer:?}");
}
