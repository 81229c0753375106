//! Shows that checkouts, and requests that call Stripe, are limited per learner and minute.

use local::Options;
use reqwest::Method;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, RESUME, SUBSCRIPTION};
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;

#[tokio::test]
async fn a_learner_may_begin_a_limited_number_of_checkouts_a_minute() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("CHECKOUTS_PER_MINUTE", "3")).await;
    let ada = app.as_learner("ada").await;
    let mut answers = Vec::new();
    // Eight tries fall into two minutes at most, of three each.
    for _ in 0..8 {
        answers.push(ada.post("/checkout/sessions", json!({"course_id": COURSE})).await);
    }
    let refused = answers.iter().find(|answer| answer.status == 429).expect("a limit");
    assert_eq!(refused.code(), "rate_limited");
    let seconds: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let grace = app.as_learner("grace").await;
    grace.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_over_the_limit_causes_no_more_calls_to_stripe() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.checkout(COURSE).await;
    stripe.reset();
    for _ in 0..40 {
        ada.post("/checkout/sessions", json!({"course_id": COURSE})).await;
    }
    assert!(stripe.calls().len() <= 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_resume_an_unfinished_checkout_are_limited_too() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    // The customer is created, then Stripe is unavailable: the slot stays reserved.
    stripe.inject(Fault::CrashBefore(2));
    ada.post("/checkout/sessions", json!({"course_id": COURSE})).await;
    let mut refused = 0;
    for _ in 0..25 {
        refused += u32::from(ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.status == 429);
    }
    assert!(refused > 0);
}

/// One learner cannot use up the rate limit that Stripe has for all.
#[tokio::test]
async fn every_route_that_calls_stripe_is_limited_per_learner() {
    let routes: [(Method, &str); 8] = [
        (Method::GET, SUBSCRIPTION),
        (Method::POST, CANCEL),
        (Method::POST, RESUME),
        (Method::POST, CHANGE),
        (Method::POST, PREVIEW),
        (Method::POST, "/billing/portal"),
        (Method::GET, "/checkout/sessions/cs_test_1"),
        (Method::GET, "/checkout/payment-intents/pi_1"),
    ];
    let app = TestApp::start_with(Options::ephemeral().with_variable("CALLS_PER_MINUTE", "2")).await;
    for (number, (method, path)) in routes.into_iter().enumerate() {
        let learner = app.as_learner(&format!("learner{number}")).await;
        let call = async || {
            let body = (method == Method::POST).then(|| json!({"plan_id": "plus"}).to_string());
            learner.call(method.clone(), path, body).await
        };
        for _ in 0..2 {
            assert_ne!(call().await.status.as_u16(), 429, "{path}");
        }
        // A new minute may begin in between, but not two.
        let mut refused = call().await;
        for _ in 0..2 {
            if refused.status.as_u16() != 429 {
                refused = call().await;
            }
        }
        assert_eq!((refused.status.as_u16(), refused.code()), (429, "rate_limited"), "{path}");
        assert!(refused.headers.contains_key("retry-after"), "{path}");
    }
    // Invoices come from the table, and other learners are not limited.
    let ada = app.as_learner("ada").await;
    for _ in 0..3 {
        ada.get("/billing/invoices").await.expect(200);
    }
    ada.subscription().await;
}
