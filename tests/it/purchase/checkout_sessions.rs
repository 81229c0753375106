//! Shows that a learner has at most one open checkout session per product, and none for what is owned.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;
use crate::support::time::DAY;

#[tokio::test]
async fn a_second_tab_gets_the_same_session() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect(201);
    let second = ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect(200);
    assert_eq!(first, second);
    assert_eq!(app.open_sessions().await.len(), 1);
}

#[tokio::test]
async fn a_request_for_another_currency_expires_the_first_session() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let usd = ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect(201);
    let eur = ada.post("/checkout/sessions", json!({"course_id": COURSE, "currency": "EUR"})).await.expect(201);
    assert_ne!(usd["session_id"], eur["session_id"]);
    let open = app.open_sessions().await;
    assert_eq!(open.len(), 1);
    assert_eq!((&open[0]["id"], &open[0]["currency"]), (&eur["session_id"], &json!("eur")));
    // The first request again: its idempotency key must not bring back the expired session.
    let again = ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect(201);
    assert_ne!(again["session_id"], usd["session_id"]);
    assert_eq!(app.open_sessions().await.len(), 1);
}

#[tokio::test]
async fn a_course_that_is_owned_is_not_sold_again_until_it_is_refunded() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect_problem(409, "already_owned");

    app.refund(&intent, &[]).await;
    ada.buy(COURSE).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 2);
}

#[tokio::test]
async fn a_course_of_an_owned_bundle_is_not_sold_by_itself() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.buy_bundle("practice-bundle").await;
    ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect_problem(409, "already_owned");
}

/// The webhook has not come yet, and the learner clicks "buy" again.
#[tokio::test]
async fn a_session_that_is_paid_already_is_fulfilled_instead_of_sold_again() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    for currency in ["usd", "eur"] {
        let learner = app.as_learner(currency).await;
        learner.buy_without_webhooks(COURSE).await;
        let again = learner.post("/checkout/sessions", json!({"course_id": COURSE, "currency": currency})).await;
        assert_eq!((again.status.as_u16(), again.code()), (409, "already_owned"), "{currency}");
        assert_eq!(learner.access_reason(COURSE).await, "purchased");
    }
}

#[tokio::test]
async fn after_a_session_has_expired_a_new_one_is_created() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.checkout(COURSE).await;
    app.expire_session(&first.session).await;
    app.settle().await;
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "closed");
    let second = ada.checkout(COURSE).await;
    assert_ne!(first.session, second.session);
    let shown = ada.return_page(&first.session).await.expect(200);
    assert_eq!(shown, json!({"status": "expired", "payment_status": "unpaid", "fulfilled": false}));
}

#[tokio::test]
async fn a_reconcile_run_closes_the_slot_of_a_session_that_expired_without_a_webhook() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    ada.checkout(COURSE).await;
    app.advance(2 * DAY).await;
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "open");
    app.stack.reconcile().await.unwrap();
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "closed");
}

#[tokio::test]
async fn a_promotion_code_that_does_not_apply_is_refused_and_the_next_request_need_not_wait() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.post("/checkout/sessions", json!({"course_id": COURSE, "promotion_code": "NOPE"}))
        .await
        .expect_problem(400, "invalid_promotion_code");
    // The refused request does not keep the slot.
    ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect(201);
}

#[tokio::test]
async fn another_learners_session_is_not_found() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout(COURSE).await;
    let grace = app.as_learner("grace").await;
    assert_eq!(grace.return_page(&checkout.session).await.status, 404);
    assert_eq!(ada.return_page("cs_test_unknown").await.status, 404);
}

#[tokio::test]
async fn no_page_in_another_currency_is_opened_while_the_old_one_cannot_be_expired() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    let euros = json!({"course_id": COURSE, "currency": "eur"});
    let dollars = ada.checkout_with(json!({"course_id": COURSE, "currency": "usd"})).await;
    stripe.reset();
    // The first call is the one that expires the old page; the proxy refuses it with a 400.
    stripe.inject(Fault::Throttle(1));
    let refused = ada.post("/checkout/sessions", &euros).await;
    refused.expect_problem(503, "stripe_unavailable");
    assert!(refused.body.get("checkout_url").is_none(), "{}", refused.body);
    stripe.reset();
    let page = ada.checkout_with(&euros).await;
    assert_ne!(page.session, dollars.session);
    assert_eq!(ada.return_page(&dollars.session).await.expect(200)["status"], "expired");
}
