//! Shows that a reconcile run recovers the events that the webhook did not receive.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;
use crate::support::learner::Learner;
use crate::support::time::{DAY, MINUTE};

/// The facts of all learners, without versions and times of writing.
async fn facts(app: &TestApp) -> Vec<Value> {
    let mut rows = app.rows_of("USER#", "ACCESS#").await;
    for row in &mut rows {
        let row = row.as_object_mut().unwrap();
        row.remove("version");
        row.remove("updated_at");
    }
    rows
}

/// A week with a disabled webhook: 200 sales, of which some are refunded, disputed, renewed or canceled.
#[tokio::test(flavor = "multi_thread")]
async fn one_run_recovers_a_week_without_webhooks() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let mut expected: BTreeMap<&str, Vec<Learner>> = BTreeMap::new();
    for number in 0..200 {
        if number % 29 == 0 {
            app.advance(DAY).await;
        }
        let learner = app.as_learner(&format!("learner{number}")).await;
        let reason = match number % 10 {
            0 => {
                let (intent, _) = learner.buy_without_webhooks(COURSE).await;
                app.refund(&intent, &[]).await;
                "refunded"
            }
            1 => {
                let (intent, _) = learner.buy_without_webhooks(COURSE).await;
                app.dispute(&intent, "chargeback").await;
                "disputed"
            }
            2 => {
                let (intent, _) = learner.buy_without_webhooks(COURSE).await;
                let refund = app.refund(&intent, &[]).await;
                app.test_action(&format!("refunds/{refund}/fail")).await;
                "purchased"
            }
            3 => {
                learner.subscribe_without_webhooks().await;
                "subscribed"
            }
            4 => {
                let (id, _) = learner.subscribe_without_webhooks().await;
                app.stripe_delete(&format!("/v1/subscriptions/{id}")).await;
                "subscription_ended"
            }
            5 => {
                let (_, intent) = learner.subscribe_without_webhooks().await;
                let dispute = app.dispute(&intent, "chargeback").await;
                app.test_action(&format!("disputes/{dispute}/won")).await;
                "subscribed"
            }
            6 => {
                let (_, intent) = learner.subscribe_without_webhooks().await;
                app.refund(&intent, &[]).await;
                "subscription_refunded"
            }
            7 => {
                learner.checkout(COURSE).await;
                "not_purchased"
            }
            _ => {
                learner.buy_without_webhooks(COURSE).await;
                "purchased"
            }
        };
        expected.entry(reason).or_default().push(learner);
    }
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 0, "no webhook was delivered");

    let report = app.stack.reconcile().await.unwrap();
    assert!(report.finished && report.failed == 0, "{report:?}");
    assert!(report.applied > 400, "{report:?}");
    for (reason, learners) in &expected {
        for learner in learners {
            assert_eq!(learner.access_reason(COURSE).await, *reason);
        }
    }
    let open = app.rows_of("USER#", "ACCESS_CHECKOUT#").await;
    assert!(open.iter().all(|slot| slot["state"] != "claimed"));

    // What Stripe delivers later changes nothing, and neither does another run.
    let before = facts(&app).await;
    for event in app.events("*").await.iter().rev().take(20) {
        let outcome = app.deliver(event).await.expect(200)["outcome"].clone();
        assert!(outcome == "duplicate" || outcome == "ignored", "{outcome} {event}");
    }
    let month = app.stack.clock().now().checked_sub(SignedDuration::from_hours(24 * 30)).unwrap();
    // The payment of an invoice has no owner until its invoice is known. Now it is, so this run records its event.
    cli::reconcile::run(&app.context(), Some(month)).await.unwrap();
    let again = cli::reconcile::run(&app.context(), Some(month)).await.unwrap();
    assert_eq!((again.read, again.applied, again.failed), (report.read, 0, 0), "{again:?}");
    assert_eq!(facts(&app).await, before);
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn missed_renewals_are_recovered() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    app.hold_webhooks();
    app.advance(36 * DAY).await;
    assert_eq!(
        ada.access_reason(COURSE).await,
        "subscription_ended",
        "longer than the three days that a late renewal has"
    );
    app.stack.reconcile().await.unwrap();
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    assert!(app.rows_of("USER#", "INVOICE#").await.len() >= 2);
}

#[tokio::test]
async fn the_first_run_reads_the_last_thirty_days() {
    let app = TestApp::start().await;
    let endpoints = app.stripe_list("/v1/webhook_endpoints", &[]).await;
    let endpoint = endpoints[0]["id"].as_str().unwrap();
    app.stripe_delete(&format!("/v1/webhook_endpoints/{endpoint}")).await;
    let (ada, bob) = (app.as_learner("ada").await, app.as_learner("bob").await);
    bob.buy_without_webhooks(COURSE).await;
    app.advance(31 * DAY).await;
    ada.buy_without_webhooks(COURSE).await;
    app.advance(29 * DAY).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    // Stripe lists events for thirty days only. The return page or the next checkout would find his session.
    assert_eq!(bob.access_reason(COURSE).await, "not_purchased");
}

#[tokio::test]
async fn an_operators_run_begins_at_the_time_that_it_names() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    ada.buy_without_webhooks(COURSE).await;
    app.advance(2 * DAY).await;
    let bob = app.as_learner("bob").await;
    bob.buy_without_webhooks(COURSE).await;

    let yesterday = app.stack.clock().now().checked_sub(SignedDuration::from_hours(24)).unwrap();
    let report = cli::reconcile::run(&app.context(), Some(yesterday)).await.unwrap();
    assert!(report.finished && report.applied > 0);
    assert_eq!((ada.access_reason(COURSE).await, bob.access_reason(COURSE).await).0, "not_purchased");
    assert_eq!(bob.access_reason(COURSE).await, "purchased");
    assert_eq!(app.rows_of("RECONCILE", "CHECKPOINT").await.len(), 0, "it says nothing about the time before");

    cli::reconcile::run(&app.context(), None).await.unwrap();
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn while_stripe_is_unavailable_a_run_fails_and_keeps_its_checkpoint() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    app.stack.reconcile().await.unwrap();
    let before = app.rows_of("RECONCILE", "CHECKPOINT").await;
    stripe.inject(Fault::CrashBefore(1));
    assert!(app.stack.reconcile().await.is_err());
    assert_eq!(app.rows_of("RECONCILE", "CHECKPOINT").await, before);
}

#[tokio::test]
async fn failed_events_are_retried_with_growing_intervals() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    app.stack.reconcile().await.unwrap();
    app.hold_webhooks();
    app.refund(&intent, &[]).await;
    let refunded = app.last_event("charge.refunded").await;
    stripe.inject(Fault::CrashBefore(1));
    app.deliver(&refunded).await.expect(500);
    assert_eq!(app.failures().await[0].attempts, 1);

    // Ten minutes later a retry is due, and fails again.
    stripe.reset();
    stripe.inject(Fault::CrashBefore(2));
    app.advance(10 * MINUTE).await;
    assert!(app.stack.reconcile().await.is_err(), "the list cannot be read either");
    assert_eq!(app.failures().await[0].attempts, 2);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");

    // A minute later none is due.
    stripe.reset();
    app.advance(MINUTE).await;
    stripe.inject(Fault::CrashBefore(1));
    assert!(app.stack.reconcile().await.is_err());
    assert_eq!(app.failures().await[0].attempts, 2);

    stripe.reset();
    app.advance(DAY).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
    assert_eq!(app.failures().await, []);
}
