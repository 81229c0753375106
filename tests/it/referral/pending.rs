//! Shows that a referral is pending while the buyer's checkout is open or trial runs, and stands in the ledger once.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// How many referrals are pending and how many are confirmed, and the states in the history.
async fn standing(learner: &Learner) -> (Value, Value, Vec<Value>) {
    let counts = learner.referrals().await["counts"].clone();
    let history = learner.get("/referrals/history").await.expect(200);
    let items = history["items"].as_array().unwrap();
    let states = items.iter().map(|item| item["state"].clone()).collect();
    assert!(items.iter().all(|item| item["state"] != "pending" || item["amount"] == 0), "{history}");
    (counts["pending"].clone(), counts["confirmed"].clone(), states)
}

#[tokio::test]
async fn an_open_checkout_is_pending_and_vanishes_when_it_expires() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let request = json!({"course_id": COURSE, "referral_code": ada.referral_code().await});
    let checkout = grace.checkout_with(request.clone()).await;
    assert_eq!(standing(&ada).await, (json!(1), json!(0), vec![json!("pending")]));
    assert_eq!(ada.referrals().await["credit"], json!([]));
    let rows = app.rows_of("USER#", "REFERRALS#OPEN#").await;
    assert!(!rows[0].to_string().contains(&grace.user), "{rows:?}");

    app.expire_session(&checkout.session).await;
    app.settle().await;
    assert_eq!(standing(&ada).await, (json!(0), json!(0), vec![]));
    let checkout = grace.checkout_with(request).await;
    assert_eq!(standing(&ada).await, (json!(1), json!(0), vec![json!("pending")]), "it begins anew");
    app.pay(&checkout, VALID_CARD).await;
    app.settle().await;
    assert_eq!(standing(&ada).await, (json!(0), json!(1), vec![json!("confirmed")]), "it counts once");
}

#[tokio::test]
async fn a_checkout_whose_end_nobody_reports_does_not_count_after_its_time() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    app.hold_webhooks();
    grace.checkout_with(json!({"course_id": COURSE, "referral_code": ada.referral_code().await})).await;
    assert_eq!(standing(&ada).await.0, json!(1));
    app.advance(2 * DAY).await;
    assert_eq!(standing(&ada).await, (json!(0), json!(0), vec![]));
    assert_eq!(app.rows_of("USER#", "REFERRALS#OPEN#").await.len(), 1, "the row is still there");
}

#[tokio::test]
async fn a_checkout_with_another_code_or_none_takes_the_place_of_the_one_before() {
    let app = TestApp::start().await;
    let (ada, eve, grace) = (app.as_learner("ada").await, app.as_learner("eve").await, app.as_learner("grace").await);
    for (code, of_ada, of_eve) in
        [(Some(ada.referral_code().await), 1, 0), (Some(eve.referral_code().await), 0, 1), (None, 0, 0)]
    {
        let answer = grace.post("/checkout/sessions", json!({"course_id": COURSE, "referral_code": code})).await;
        answer.expect(201);
        assert_eq!(standing(&ada).await.0, json!(of_ada), "{code:?}");
        assert_eq!(standing(&eve).await.0, json!(of_eve), "{code:?}");
    }
}

#[tokio::test]
async fn a_bank_debit_takes_the_place_of_its_checkout() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let request = json!({"course_id": COURSE, "currency": "usd", "referral_code": ada.referral_code().await});
    let checkout = grace.checkout_with(request).await;
    app.pay_by_debit(&checkout).await;
    app.settle().await;
    assert_eq!(standing(&ada).await, (json!(1), json!(0), vec![json!("pending")]));
}

#[tokio::test]
async fn a_trial_is_pending_until_its_first_invoice_is_paid() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let code = ada.referral_code().await;
    let request = json!({"plan_id": "premium", "currency": "usd", "trial_days": 7, "referral_code": code});
    let checkout = grace.checkout_with(request).await;
    app.pay(&checkout, VALID_CARD).await;
    app.settle().await;
    assert_eq!(standing(&ada).await, (json!(1), json!(0), vec![json!("pending")]));
    app.advance(6 * DAY).await;
    assert_eq!(standing(&ada).await, (json!(1), json!(0), vec![json!("pending")]));
    app.advance(2 * DAY).await;
    app.settle().await;
    assert_eq!(standing(&ada).await, (json!(0), json!(1), vec![json!("confirmed")]));
}
