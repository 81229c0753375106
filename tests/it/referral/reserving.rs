//! Shows that no more credit is ever reserved than there is, whatever crashes and however many ask at once.

use futures_util::future::join_all;
use local::Options;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::{COURSE, PRICE_USD};
use crate::support::fault_proxy::{Fault, KeyFault};
use crate::support::learner::Learner;
use crate::support::referrals::Ledger;
use crate::support::time::{DAY, HOUR};

const CREDIT: i64 = PRICE_USD / 4;
const AVAILABLE: Ledger = Ledger { earned: CREDIT, held: 0, available: CREDIT, reserved: 0, spent: 0, owed: 0 };
const RESERVED: Ledger = Ledger { available: 0, reserved: CREDIT, ..AVAILABLE };

async fn with_credit(app: &TestApp) -> Learner {
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.refer(&grace, COURSE).await;
    app.advance(15 * DAY).await;
    ada
}

#[tokio::test]
async fn of_fifty_checkouts_at_once_one_gets_the_credit() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("CHECKOUTS_PER_MINUTE", "1000")).await;
    let ada = with_credit(&app).await;
    let courses = [COURSE, "fine-tuning", "ai-in-4-weekends", "agents-in-production", "ai-engineer-track"];
    let requests = (0..50).map(|number| {
        let request = json!({"course_id": courses[number % courses.len()], "currency": "usd"});
        let path = if number % 2 == 0 { "/checkout/sessions" } else { "/checkout/payment-intents" };
        let ada = &ada;
        async move { ada.post(path, request).await }
    });
    let answers = join_all(requests).await;
    let mut opened = 0;
    for answer in &answers {
        match answer.status.as_u16() {
            200 | 201 => {
                opened += 1;
                assert!(answer.body["credit"]["used"].as_i64().unwrap() <= CREDIT, "{}", answer.body);
            }
            _ => answer.expect_problem(409, "checkout_in_progress"),
        }
    }
    assert!(opened > 0);
    app.settle().await;
    let ledger = ada.ledger().await;
    assert!(ledger == RESERVED || ledger == AVAILABLE, "{ledger:?}");
    let uses = app.rows_of("USER#", "REFERRAL_CREDIT#").await;
    let reserved = uses.iter().filter(|credit| credit["status"] == "reserved").count();
    assert_eq!(reserved, usize::from(ledger == RESERVED));
}

#[tokio::test]
async fn a_lost_answer_is_found_again_with_its_credit() {
    for action in ["POST /v1/coupons", "POST /v1/checkout/sessions"] {
        let (app, stripe) = TestApp::start_with_stripe_proxy().await;
        let ada = with_credit(&app).await;
        stripe.inject_into(action, KeyFault::LosesAnswer);
        let request = json!({"course_id": COURSE, "currency": "usd"});
        let first = ada.post("/checkout/sessions", request.clone()).await;
        let answer = ada.post("/checkout/sessions", request).await;
        assert!(answer.status.is_success(), "{action} {} {}", first.status, answer.body);
        assert_eq!(answer.body["credit"]["used"], CREDIT, "{action}");
        assert_eq!(ada.ledger().await, RESERVED, "{action}");
        assert_eq!(app.rows_of("USER#", "REFERRAL_CREDIT#").await.len(), 1, "{action}");
    }
}

#[tokio::test]
async fn reconcile_releases_credit_whose_request_crashed() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = with_credit(&app).await;
    stripe.reset();
    // The customer and the coupon are created, and then it crashes.
    stripe.inject(Fault::CrashBefore(3));
    ada.post("/checkout/sessions", json!({"course_id": COURSE, "currency": "usd"})).await.expect(503);
    stripe.reset();
    assert_eq!(ada.ledger().await, RESERVED);
    app.advance(23 * HOUR).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(ada.ledger().await, RESERVED);
    app.advance(2 * HOUR).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(ada.ledger().await, AVAILABLE);
    let again = ada.post("/checkout/sessions", json!({"course_id": COURSE, "currency": "usd"})).await.expect(201);
    assert_eq!(again["credit"]["used"], CREDIT);
}

#[tokio::test]
async fn reconcile_releases_credit_of_a_session_whose_end_nobody_heard_of() {
    let app = TestApp::start().await;
    let ada = with_credit(&app).await;
    app.hold_webhooks();
    let checkout = ada.checkout(COURSE).await;
    app.expire_session(&checkout.session).await;
    app.advance(40 * DAY).await;
    assert_eq!(ada.ledger().await, RESERVED);
    app.stack.reconcile().await.unwrap();
    assert_eq!(ada.ledger().await, AVAILABLE);
}

#[tokio::test]
async fn what_stripe_finds_too_small_is_sold_without_credit() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = with_credit(&app).await;
    stripe.inject_into("POST /v1/checkout/sessions", KeyFault::FindsTooSmall);
    let answer = ada.post("/checkout/sessions", json!({"course_id": COURSE, "currency": "usd"})).await.expect(201);
    assert_eq!(answer["credit"], json!({"used": 0, "currency": "usd", "left": CREDIT}));
    assert_eq!(ada.ledger().await, AVAILABLE);
}
