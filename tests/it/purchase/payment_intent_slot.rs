//! Shows that sessions and payment intents of a product share one slot: what is opened ends what was open, and is charged once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use local::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::{Fault, KeyFault};
use crate::support::payment_intents::{PAYMENT_INTENTS, VISA};

#[tokio::test]
async fn asking_again_answers_the_same_payment_intent_and_another_currency_cancels_it() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let usd = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE})).await.expect(201);
    assert_eq!(ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE})).await.expect(200), usd);
    let eur = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE, "currency": "eur"})).await.expect(201);
    let first = usd["payment_intent_id"].as_str().unwrap();
    assert_eq!(app.intent_at_stripe(first).await["status"], "canceled");
    assert_eq!(ada.show_intent(first).await.expect(200), json!({"status": "canceled", "fulfilled": false}));
    // The first request again: its idempotency key must not bring back the canceled one.
    let again = ada.payment_intent(COURSE).await;
    assert!(again != first && eur["payment_intent_id"] != json!(again));
    app.settle().await;
    assert_eq!(app.payable_intents().await, [again]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_requests_at_once_open_one_payment_intent() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("CHECKOUTS_PER_MINUTE", "1000")).await;
    let ada = app.as_learner("ada").await;
    let answers = join_all((0..50).map(|_| ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE})))).await;
    let (opened, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status.is_success());
    let ids: BTreeSet<&str> = opened.iter().map(|answer| answer.body["payment_intent_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 1, "{answers:?}");
    assert!(refused.iter().all(|answer| answer.code() == "checkout_in_progress"), "{refused:?}");
    assert_eq!(app.payable_intents().await.len(), 1);
    assert_eq!(app.stripe_list("/v1/payment_intents", &[("limit", "100")]).await.len(), 1);
}

#[tokio::test]
async fn a_session_ends_the_payment_intent_and_a_payment_intent_ends_the_session() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.checkout(COURSE).await;
    let intent = ada.payment_intent(COURSE).await;
    assert_eq!(app.session_at_stripe(&first.session).await["status"], "expired");
    let second = ada.checkout(COURSE).await;
    assert_eq!(app.intent_at_stripe(&intent).await["status"], "canceled");
    assert_ne!(first.session, second.session);

    // The old tabs cannot be paid any more.
    assert_ne!(app.pay(&first, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.confirm_intent(&intent, &[("payment_method", VISA)]).await.expect(400);
    assert_eq!(app.pay(&second, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 1, "charged once");
}

/// The old one is paid in another tab before the new one is opened, and no webhook has come yet.
#[tokio::test]
async fn what_was_paid_in_another_tab_is_fulfilled_and_not_sold_again() {
    for (pays, asks) in [
        (PAYMENT_INTENTS, "/checkout/sessions"),
        ("/checkout/sessions", PAYMENT_INTENTS),
        (PAYMENT_INTENTS, PAYMENT_INTENTS),
    ] {
        let app = TestApp::start().await;
        app.hold_webhooks();
        let ada = app.as_learner("ada").await;
        if pays == PAYMENT_INTENTS {
            app.pay_intent(&ada.payment_intent(COURSE).await).await;
        } else {
            ada.buy_without_webhooks(COURSE).await;
        }
        ada.post(asks, json!({"course_id": COURSE})).await.expect_problem(409, "already_owned");
        assert_eq!(ada.access_reason(COURSE).await, "purchased", "{pays} {asks}");
        app.release_webhooks();
        app.settle().await;
        assert_eq!(ada.transitions().await.len(), 1, "{pays} {asks}");
    }
}

/// The payment comes between our look at the payment intent and our canceling it.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_overtakes_the_canceling_is_fulfilled() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    let mut gate = stripe.hold(&format!("POST /v1/payment_intents/{intent}/cancel"));
    let request = json!({"course_id": COURSE});
    let (answer, ()) = tokio::join!(ada.post("/checkout/sessions", &request), async {
        gate.arrived(1).await;
        app.pay_intent(&intent).await;
        gate.release();
    });
    answer.expect_problem(409, "already_owned");
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(app.open_sessions().await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_or_a_server_error_leads_to_one_payment_intent() {
    for fault in [KeyFault::LosesAnswer, KeyFault::FailsAfter, KeyFault::FailsBefore] {
        let (app, stripe) = TestApp::start_with_stripe_proxy().await;
        let ada = app.as_learner("ada").await;
        stripe.inject_into("POST /v1/payment_intents", fault);
        let first = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE})).await;
        let intent = ada.payment_intent(COURSE).await;
        if first.status.is_success() {
            assert_eq!(first.body["payment_intent_id"], json!(intent), "{fault:?}");
        }
        app.pay_intent(&intent).await;
        app.settle().await;
        assert_eq!(ada.access_reason(COURSE).await, "purchased", "{fault:?}");
    }
}

/// A crash between reserving the slot and storing the payment intent: the next try finds the same one.
#[tokio::test]
async fn a_payment_intent_of_a_crashed_request_is_resumed() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    for n in 1..=4 {
        let learner = app.as_learner(&format!("learner{n}")).await;
        table.reset();
        table.inject(Fault::CrashAfter(n));
        let crashed = learner.post(PAYMENT_INTENTS, json!({"course_id": COURSE})).await;
        table.reset();
        crashed.expect_problem(503, "store_unavailable");
        learner.payment_intent(COURSE).await;
        assert_eq!(app.payable_intents().await.len(), n, "one each, after a crash after call {n}");
    }
}

#[tokio::test]
async fn nothing_else_is_opened_while_the_payment_intent_cannot_be_canceled() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    stripe.reset();
    // The second call is the one that cancels; the first looks at it.
    stripe.inject(Fault::Throttle(2));
    let refused = ada.post("/checkout/sessions", json!({"course_id": COURSE})).await;
    refused.expect_problem(503, "stripe_unavailable");
    assert_eq!((app.payable_intents().await, app.open_sessions().await.len()), (vec![intent.clone()], 0));
    stripe.reset();
    ada.checkout(COURSE).await;
    assert_eq!(app.intent_at_stripe(&intent).await["status"], "canceled");
}
