//! What the reading routes say: courses with their modules, entitlements, grants, pages.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{COURSE, Checkout, PAYS, TestApp};

#[tokio::test]
async fn a_grant_opens_until_it_ends() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.grant(&ada, Some(COURSE), None).await;
    assert_eq!(app.reason(&ada, COURSE).await, "granted");
    assert_eq!(app.reason(&ada, "fine-tuning").await, "not_purchased");
    app.grant(&ada, None, Some("2099-01-01T00:00:00Z")).await;
    let access = app.access(&ada, "fine-tuning").await;
    assert_eq!((&access["has_access"], &access["until"]), (&json!(true), &json!("2099-01-01T00:00:00Z")));
    app.grant(&ada, None, Some("2026-01-02T00:00:00Z")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "grant_expired");
}

#[tokio::test]
async fn a_grant_is_no_reason_not_to_buy() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.grant(&ada, None, Some("2099-01-01T00:00:00Z")).await;
    app.buy(&ada, COURSE).await;
    assert_eq!(app.access(&ada, COURSE).await["because"]["reason"], "purchased", "what lasts for good says more");
}

#[tokio::test]
async fn a_course_shows_which_modules_are_locked() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let locked = async || {
        let course = app.get(&ada, &format!("/courses/{COURSE}")).await.expect(200);
        let modules = course["modules"].as_array().unwrap().clone();
        modules.iter().map(|module| module["locked"].as_bool().unwrap()).collect::<Vec<bool>>()
    };
    assert_eq!(locked().await, [false, true], "the preview is open to everybody");
    app.buy(&ada, COURSE).await;
    assert_eq!(locked().await, [false, false]);
}

#[tokio::test]
async fn lists_come_in_pages_that_join_without_a_gap() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let whole = app.get(&ada, "/courses").await.expect(200);
    assert_eq!(whole["next_cursor"], Value::Null);
    let (mut joined, mut path) = (Vec::new(), "/courses?limit=2".to_owned());
    loop {
        let page = app.get(&ada, &path).await.expect(200);
        joined.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/courses?limit=2&cursor={cursor}");
    }
    assert_eq!(json!(joined), whole["items"]);
    assert_eq!(joined.len(), 5);
}

#[tokio::test]
async fn an_entitlement_says_what_it_opens_and_why() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let none = app.get(&ada, &format!("/entitlements/{COURSE}")).await.expect(200);
    assert_eq!((&none["has_access"], &none["because"]["reason"]), (&json!(false), &json!("not_purchased")));
    assert_eq!(app.get(&ada, "/entitlements").await.expect(200), json!({"items": [], "next_cursor": null}));

    let intent = app.buy(&ada, COURSE).await;
    let entitlement = app.get(&ada, &format!("/entitlements/{COURSE}")).await.expect(200);
    assert_eq!(entitlement["courses"], json!([COURSE]));
    assert_eq!(entitlement["because"]["source"], json!(intent));
    let list = app.get(&ada, "/entitlements").await.expect(200);
    assert_eq!(list["items"], json!([entitlement]));
}

/// A second payment for the same product, past the slot: made in Stripe, with our metadata.
/// A session that sells the same as `first` does to the same learner, past our checkout.
async fn another_session(app: &TestApp, first: &Checkout) -> Checkout {
    let path = format!("/v1/checkout/sessions/{}", first.session);
    let session = app.stripe(Method::GET, &path, &[]).await.expect(200);
    let metadata = session["metadata"].as_object().unwrap();
    let price = metadata["tuition_price"].as_str().unwrap();
    let mut form: Vec<(String, String)> = [
        ("mode", "payment"),
        ("line_items[0][price]", price),
        ("line_items[0][quantity]", "1"),
        ("success_url", "https://example.com/"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in metadata {
        for on in ["metadata", "payment_intent_data[metadata]"] {
            form.push((format!("{on}[{name}]"), value.as_str().unwrap().to_owned()));
        }
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let second = app.stripe(Method::POST, "/v1/checkout/sessions", &form).await.expect(200);
    let text = |name: &str| second[name].as_str().unwrap().to_owned();
    Checkout { session: text("id"), url: text("url") }
}

async fn duplicates(app: &TestApp) -> Vec<String> {
    let found = cli::purchases::find_duplicates(&app.store()).await.unwrap();
    found.iter().map(|duplicate| duplicate.purchase.to_string()).collect()
}

#[tokio::test]
async fn a_second_paid_purchase_that_slips_through_is_kept_and_listed_for_operators() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let first = app.checkout(&ada, COURSE).await;
    let second = another_session(&app, &first).await;
    for checkout in [&first, &second] {
        assert_eq!(app.pay(checkout, PAYS).await, StatusCode::SEE_OTHER);
        app.settle().await;
    }
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 2, "both are kept");
    let (one, other) = (app.intent(&first.session).await, app.intent(&second.session).await);
    // Both may be of the same second.
    assert_eq!(BTreeSet::from_iter(duplicates(&app).await), BTreeSet::from([one, other.clone()]));

    app.refund(&other, &[]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    assert_eq!(duplicates(&app).await, [""; 0], "given back, it is nobody's task any more");
}

/// Neither saw the other when it was written.
#[tokio::test]
async fn two_purchases_that_are_applied_at_the_same_moment_are_both_listed() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    app.hold();
    let ada = app.ada().await;
    let first = app.checkout(&ada, COURSE).await;
    let second = another_session(&app, &first).await;
    for checkout in [&first, &second] {
        assert_eq!(app.pay(checkout, PAYS).await, StatusCode::SEE_OTHER);
    }
    let completed = app.events("checkout.session.completed").await;
    let mut gate = proxy.hold("TransactWriteItems");
    let both = async { tokio::join!(app.deliver(&completed[0]), app.deliver(&completed[1])) };
    let release = async {
        gate.arrived(2).await;
        gate.release();
    };
    let ((one, other), ()) = tokio::join!(both, release);
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    assert_eq!(duplicates(&app).await.len(), 2);
}
