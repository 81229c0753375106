//! Shows that credit lowers the next session, wholly or in part, and follows what becomes of it.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::{DECLINED_CARD, OTHER_CARD, VALID_CARD};
use crate::support::catalog::{COURSE, PRICE_USD};
use crate::support::hosted_page::Checkout;
use crate::support::learner::Learner;
use crate::support::referrals::Ledger;
use crate::support::time::DAY;

/// What the purchase of the course earns.
const CREDIT: i64 = PRICE_USD / 4;

async fn with_credit(app: &TestApp, earned_by: &str) -> Learner {
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.refer(&grace, earned_by).await;
    app.advance(15 * DAY).await;
    ada
}

#[tokio::test]
async fn a_part_of_the_next_course_is_paid_by_credit() {
    let app = TestApp::start().await;
    let ada = with_credit(&app, COURSE).await;
    let answer = ada.post("/checkout/sessions", json!({"course_id": COURSE, "currency": "usd"})).await.expect(201);
    assert_eq!(answer["credit"], json!({"used": CREDIT, "currency": "usd", "left": 0}));
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, reserved: CREDIT, ..Ledger::default() });

    let checkout = Checkout::of_answer(&answer);
    app.pay(&checkout, VALID_CARD).await;
    app.settle().await;
    let intent = app.payment_intent_of(&checkout.session).await;
    assert_eq!(app.intent_at_stripe(&intent).await["amount_received"], PRICE_USD - CREDIT);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, spent: CREDIT, ..Ledger::default() });
    assert_eq!(ada.credit_changes().await, ["reserved to spent"]);
}

#[tokio::test]
async fn a_whole_course_is_paid_by_credit_without_a_card() {
    let app = TestApp::start().await;
    let ada = with_credit(&app, "agents-in-production").await;
    let answer = ada.post("/checkout/sessions", json!({"course_id": COURSE, "currency": "usd"})).await.expect(201);
    let (earned, left) = (29_900 / 4, 29_900 / 4 - PRICE_USD);
    assert_eq!(answer["credit"], json!({"used": PRICE_USD, "currency": "usd", "left": left}));
    let checkout = Checkout::of_answer(&answer);
    app.pay(&checkout, VALID_CARD).await;
    app.settle().await;
    let session = app.session_at_stripe(&checkout.session).await;
    assert_eq!((&session["payment_status"], &session["amount_total"]), (&json!("no_payment_required"), &json!(0)));
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(ada.ledger().await, Ledger { earned, spent: PRICE_USD, available: left, ..Ledger::default() });
}

#[tokio::test]
async fn the_same_request_gets_the_open_session_and_its_credit_again() {
    let app = TestApp::start().await;
    let ada = with_credit(&app, COURSE).await;
    let request = json!({"course_id": COURSE, "currency": "usd"});
    let first = ada.post("/checkout/sessions", request.clone()).await.expect(201);
    let again = ada.post("/checkout/sessions", request).await.expect(200);
    assert_eq!((&first["session_id"], &first["credit"]), (&again["session_id"], &again["credit"]));
    assert_eq!(app.rows_of("USER#", "REFERRAL_CREDIT#").await.len(), 1);
}

#[tokio::test]
async fn a_session_that_expires_releases_its_credit_and_a_declined_card_does_not() {
    let app = TestApp::start().await;
    let ada = with_credit(&app, COURSE).await;
    let checkout = ada.checkout(COURSE).await;
    app.pay(&checkout, DECLINED_CARD).await;
    app.settle().await;
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, reserved: CREDIT, ..Ledger::default() });
    app.expire_session(&checkout.session).await;
    app.settle().await;
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, available: CREDIT, ..Ledger::default() });
    assert_eq!(ada.credit_changes().await, ["reserved to released"]);
}

#[tokio::test]
async fn who_changes_their_mind_takes_the_credit_along() {
    let app = TestApp::start().await;
    let ada = with_credit(&app, COURSE).await;
    app.hold_webhooks();
    let expected = json!({"used": CREDIT, "currency": "usd", "left": 0});
    let session = ada.post("/checkout/sessions", json!({"course_id": COURSE, "currency": "usd"})).await.expect(201);
    assert_eq!(session["credit"], expected);
    let intent = json!({"course_id": COURSE, "currency": "usd"});
    let intent = ada.post("/checkout/payment-intents", intent).await.expect(201);
    assert_eq!((&intent["credit"], &intent["amount"]), (&expected, &json!(PRICE_USD - CREDIT)));
    let without = json!({"course_id": COURSE, "currency": "usd", "use_credit": false});
    let without = ada.post("/checkout/sessions", without).await.expect(201);
    assert_eq!(without["credit"], json!(null));
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, available: CREDIT, ..Ledger::default() });
    app.release_webhooks();
    app.settle().await;
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, available: CREDIT, ..Ledger::default() });
    assert_eq!(ada.credit_changes().await, ["reserved to released", "reserved to released"]);
}

#[tokio::test]
async fn a_full_refund_gives_credit_back_and_one_that_fails_takes_it_again() {
    let app = TestApp::start().await;
    let ada = with_credit(&app, COURSE).await;
    let intent = ada.buy(COURSE).await;
    let part = app.refund(&intent, &[("amount", "1000")]).await;
    let spent = Ledger { earned: CREDIT, spent: CREDIT, ..Ledger::default() };
    assert_eq!(ada.ledger().await, spent, "{part} is a part");
    let rest = app.refund(&intent, &[]).await;
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, available: CREDIT, ..Ledger::default() });
    app.test_action(&format!("refunds/{rest}/fail")).await;
    assert_eq!(ada.ledger().await, spent);
    assert_eq!(ada.credit_changes().await, ["reserved to spent", "spent to given_back", "given_back to spent"]);
}

#[tokio::test]
async fn credit_that_is_taken_back_after_it_was_spent_is_owed_and_paid_off_by_the_next() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let bought = ada.refer(&grace, COURSE).await;
    app.advance(15 * DAY).await;
    ada.buy("fine-tuning").await;
    app.refund(&bought, &[]).await;
    assert_eq!(ada.ledger().await, Ledger { spent: CREDIT, owed: CREDIT, ..Ledger::default() });
    let checkout = json!({"course_id": COURSE, "currency": "usd"});
    let answer = ada.post("/checkout/sessions", checkout).await.expect(201);
    assert_eq!(answer["credit"], json!({"used": 0, "currency": "usd", "left": 0}));

    let code = ada.referral_code().await;
    app.as_learner("joan").await.buy_with_code("fine-tuning", &code, OTHER_CARD).await;
    app.advance(15 * DAY).await;
    let earned = 7_900 / 4;
    assert_eq!(ada.ledger().await, Ledger { earned, spent: CREDIT, available: earned - CREDIT, ..Ledger::default() });
}

#[tokio::test]
async fn a_checkout_takes_one_discount() {
    let app = TestApp::start().await;
    let ada = with_credit(&app, COURSE).await;
    app.create_promotion_code("SPRING", "50", &[]).await;
    let both = json!({"course_id": COURSE, "currency": "usd", "promotion_code": "SPRING", "use_credit": true});
    ada.post("/checkout/sessions", both).await.expect_problem(400, "one_discount_only");
    let code = json!({"course_id": COURSE, "currency": "usd", "promotion_code": "SPRING"});
    assert_eq!(ada.post("/checkout/sessions", code).await.expect(201)["credit"], json!(null));
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, available: CREDIT, ..Ledger::default() });
}

#[tokio::test]
async fn a_purchase_that_credit_paid_wholly_earns_nothing_and_is_not_the_first() {
    let app = TestApp::start().await;
    let (ada, grace) = (with_credit(&app, "agents-in-production").await, app.as_learner("joan").await);
    let code = grace.referral_code().await;
    let request = json!({"course_id": COURSE, "currency": "usd", "referral_code": code});
    let checkout = ada.checkout_with(request).await;
    app.pay(&checkout, VALID_CARD).await;
    app.settle().await;
    assert_eq!(grace.ledger().await, Ledger::default());
    ada.buy_with_code("fine-tuning", &code, VALID_CARD).await;
    let paid = 7_900 - (29_900 / 4 - PRICE_USD);
    assert_eq!(grace.ledger().await.earned, paid / 4, "credit is no money");
}
