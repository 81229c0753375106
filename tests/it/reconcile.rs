//! A webhook that was dark, and what is read of Stripe's list of events afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::fulfil::reconcile::{self, ReconcileError, RunOptions, RunTrigger};
use tokio::time::Instant;

use crate::support::app::{COURSE, Learner, PAYS, TestApp};
use crate::support::fault_proxy::Fault;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MINUTES: Duration = Duration::from_secs(10 * 60);

fn premium() -> Value {
    json!({"plan_id": "premium", "trial_days": 0})
}

impl TestApp {
    /// Buys while nothing is heard: the payment intent.
    async fn buy_unheard(&self, learner: &Learner, course: &str) -> String {
        self.pay_unheard(learner, course).await.0
    }

    /// Subscribes while nothing is heard: the subscription and its first payment.
    async fn subscribe_unheard_of(&self, learner: &Learner) -> (String, String) {
        let checkout = self.checkout_of(learner, &premium()).await;
        assert_eq!(self.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
        let paid = self.events("payment_intent.succeeded").await.pop().unwrap();
        (self.subscription_of(&checkout).await, paid["data"]["object"]["id"].as_str().unwrap().to_owned())
    }

    /// What is said of access, without versions and times of writing.
    async fn facts(&self) -> Vec<Value> {
        let mut rows = self.rows_of("USER#", "ACCESS#").await;
        for row in &mut rows {
            let row = row.as_object_mut().unwrap();
            row.remove("version");
            row.remove("updated_at");
        }
        rows
    }
}

/// The week of a school whose webhook is disabled: 200 sales, of which some are refunded, disputed, renewed or canceled.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_dark_week_one_run_makes_the_table_what_stripe_is() {
    let app = TestApp::start().await;
    app.hold();
    let mut expected: BTreeMap<&str, Vec<Learner>> = BTreeMap::new();
    for number in 0..200 {
        if number % 29 == 0 {
            app.advance(DAY).await;
        }
        let learner = app.learner(&format!("learner{number}@example.com")).await;
        let reason = match number % 10 {
            0 => {
                let intent = app.buy_unheard(&learner, COURSE).await;
                app.refund(&intent, &[]).await;
                "refunded"
            }
            1 => {
                let intent = app.buy_unheard(&learner, COURSE).await;
                app.dispute(&intent, "chargeback").await;
                "disputed"
            }
            2 => {
                let intent = app.buy_unheard(&learner, COURSE).await;
                let refund = app.refund(&intent, &[]).await;
                app.press(&format!("refunds/{refund}/fail")).await;
                "purchased"
            }
            3 => {
                app.subscribe_unheard_of(&learner).await;
                "subscribed"
            }
            4 => {
                let (id, _) = app.subscribe_unheard_of(&learner).await;
                app.stripe(Method::DELETE, &format!("/v1/subscriptions/{id}"), &[]).await.expect(200);
                "subscription_ended"
            }
            5 => {
                let (_, intent) = app.subscribe_unheard_of(&learner).await;
                let dispute = app.dispute(&intent, "chargeback").await;
                app.press(&format!("disputes/{dispute}/won")).await;
                "subscribed"
            }
            6 => {
                let (_, intent) = app.subscribe_unheard_of(&learner).await;
                app.refund(&intent, &[]).await;
                "subscription_refunded"
            }
            7 => {
                app.checkout(&learner, COURSE).await;
                "not_purchased"
            }
            _ => {
                app.buy_unheard(&learner, COURSE).await;
                "purchased"
            }
        };
        expected.entry(reason).or_default().push(learner);
    }
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 0, "nothing was heard");

    let report = app.stack.reconcile().await.unwrap();
    assert!(report.finished && report.failed == 0, "{report:?}");
    assert!(report.applied > 400, "{report:?}");
    for (reason, learners) in &expected {
        for learner in learners {
            assert_eq!(app.reason(learner, COURSE).await, *reason);
        }
    }
    let open = app.rows_of("USER#", "ACCESS_CHECKOUT#").await;
    assert!(open.iter().all(|slot| slot["state"] != "claimed"));

    // What Stripe still delivers teaches nothing, and neither does reading it all again.
    let before = app.facts().await;
    for event in app.events("*").await.iter().rev().take(20) {
        let outcome = app.deliver(event).await.expect(200)["outcome"].clone();
        assert!(outcome == "duplicate" || outcome == "ignored", "{outcome} {event}");
    }
    let month = app.stack.clock().now().checked_sub(jiff::SignedDuration::from_hours(24 * 30)).unwrap();
    // The payment of an invoice is nobody's until its invoice is known; now it is, and is remembered.
    cli::reconcile::run(&app.context(), Some(month)).await.unwrap();
    let again = cli::reconcile::run(&app.context(), Some(month)).await.unwrap();
    assert_eq!((again.read, again.applied, again.failed), (report.read, 0, 0), "{again:?}");
    assert_eq!(app.facts().await, before);
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn renewals_of_dark_weeks_are_read_too() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &premium()).await;
    app.hold();
    app.advance(36 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended", "longer than the leeway");
    app.stack.reconcile().await.unwrap();
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    assert!(app.rows_of("USER#", "INVOICE#").await.len() >= 2);
}

#[tokio::test]
async fn an_account_that_never_had_a_webhook_is_read_thirty_days_back() {
    let app = TestApp::start().await;
    let endpoints = app.stripe(Method::GET, "/v1/webhook_endpoints", &[]).await.expect(200);
    let endpoint = endpoints["data"][0]["id"].as_str().unwrap();
    app.stripe(Method::DELETE, &format!("/v1/webhook_endpoints/{endpoint}"), &[]).await.expect(200);
    let (ada, bob) = (app.ada().await, app.learner("bob@example.com").await);
    app.buy_unheard(&bob, COURSE).await;
    app.advance(31 * DAY).await;
    app.buy_unheard(&ada, COURSE).await;
    app.advance(29 * DAY).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    // The return page and the next checkout look at his session; Stripe's list has forgotten it.
    assert_eq!(app.reason(&bob, COURSE).await, "not_purchased");
}

#[tokio::test]
async fn a_session_that_expired_unseen_frees_its_checkout() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    app.checkout(&ada, COURSE).await;
    app.advance(2 * DAY).await;
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "open");
    app.stack.reconcile().await.unwrap();
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "closed");
}

/// A run goes on where the last one stopped, wherever that was.
#[tokio::test]
async fn a_run_that_was_stopped_goes_on() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let mut courses = vec![COURSE, "fine-tuning", "ai-in-4-weekends"];
    for course in &courses {
        app.buy_unheard(&ada, course).await;
    }
    // More than a page of what is nobody's business.
    for number in 0..250 {
        let form = [("email", format!("somebody{number}@example.com"))];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.stripe(Method::POST, "/v1/customers", &form).await.expect(200);
    }
    let context = app.context();
    let stopped = reconcile::run(
        &context,
        RunOptions { since: None, deadline: Some(Instant::now()), trigger: RunTrigger::Operator },
        |_| {},
    )
    .await
    .unwrap();
    assert!(!stopped.finished && stopped.read == 0, "{stopped:?}");

    let mut pages = 0;
    let stop_after_a_page = async {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let mut stop = Some(stop);
        let run =
            reconcile::run(&context, RunOptions { since: None, deadline: None, trigger: RunTrigger::Operator }, |_| {
                pages += 1;
                if let Some(stop) = stop.take() {
                    let _ = stop.send(());
                }
            });
        tokio::select! { biased; _ = stopped => {} report = run => panic!("it ended: {report:?}") }
    };
    stop_after_a_page.await;
    assert_eq!(pages, 1);
    let checkpoint = context.store.checkpoint().await.unwrap().unwrap().value;
    assert!(checkpoint.window.is_some_and(|window| window.after.is_some()), "a page is done");

    let report = app.stack.reconcile().await.unwrap();
    assert!(report.finished);
    courses.sort_unstable();
    for course in courses {
        assert_eq!(app.reason(&ada, course).await, "purchased");
    }
    assert!(context.store.checkpoint().await.unwrap().unwrap().value.window.is_none());
}

#[tokio::test]
async fn two_runs_at_once_do_no_harm() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let intent = app.buy_unheard(&ada, COURSE).await;
    app.refund(&intent, &[("amount", "100")]).await;
    let context = app.context();
    let run =
        || reconcile::run(&context, RunOptions { since: None, deadline: None, trigger: RunTrigger::Operator }, |_| {});
    let (one, two) = tokio::join!(run(), run());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.failed, two.failed), (0, 0));
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    let moves = app.effects(&ada).await;
    assert_eq!(moves.iter().filter(|effect| effect["effect"] == "purchase_status_changed").count(), 1, "{moves:?}");
}

#[tokio::test]
async fn the_error_queue_is_tried_again_later_and_later() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    let intent = app.buy(&ada, COURSE).await;
    app.stack.reconcile().await.unwrap();
    app.hold();
    app.refund(&intent, &[]).await;
    let refunded = app.events("charge.refunded").await.pop().unwrap();
    stripe.inject(Fault::CrashBefore(1));
    app.deliver(&refunded).await.expect(500);
    assert_eq!(app.failures().await[0].attempts, 1);

    // Ten minutes later it is due, and fails again.
    stripe.reset();
    stripe.inject(Fault::CrashBefore(2));
    app.advance(MINUTES).await;
    assert!(app.stack.reconcile().await.is_err(), "the list cannot be read either");
    assert_eq!(app.failures().await[0].attempts, 2);
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");

    // A minute later it is not.
    stripe.reset();
    app.advance(MINUTES / 10).await;
    stripe.inject(Fault::CrashBefore(1));
    assert!(app.stack.reconcile().await.is_err());
    assert_eq!(app.failures().await[0].attempts, 2);

    stripe.reset();
    app.advance(DAY).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn while_stripe_is_away_a_run_fails_and_the_checkpoint_stays() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    app.stack.reconcile().await.unwrap();
    let before = app.rows_of("RECONCILE", "CHECKPOINT").await;
    stripe.inject(Fault::CrashBefore(1));
    assert!(app.stack.reconcile().await.is_err());
    assert_eq!(app.rows_of("RECONCILE", "CHECKPOINT").await, before);
}

#[tokio::test]
async fn by_hand_it_begins_where_the_operator_says() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    app.buy_unheard(&ada, COURSE).await;
    app.advance(2 * DAY).await;
    let bob = app.learner("bob@example.com").await;
    app.buy_unheard(&bob, COURSE).await;

    let yesterday = app.stack.clock().now().checked_sub(jiff::SignedDuration::from_hours(24)).unwrap();
    let report = cli::reconcile::run(&app.context(), Some(yesterday)).await.unwrap();
    assert!(report.finished && report.applied > 0);
    assert_eq!((app.reason(&ada, COURSE).await, app.reason(&bob, COURSE).await).0, "not_purchased");
    assert_eq!(app.reason(&bob, COURSE).await, "purchased");
    assert_eq!(app.rows_of("RECONCILE", "CHECKPOINT").await.len(), 0, "it says nothing about the time before");

    cli::reconcile::run(&app.context(), None).await.unwrap();
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

/// A purchase that can neither be applied nor written down as failed is not passed over.
#[tokio::test]
async fn a_page_that_could_not_be_kept_is_read_again() {
    let (app, proxy) = TestApp::start_behind_proxy().await;
    app.stack.reconcile().await.unwrap();
    let before = app.rows_of("RECONCILE", "CHECKPOINT").await;
    app.hold();
    let ada = app.ada().await;
    app.buy_unheard(&ada, COURSE).await;
    proxy.reset();
    // After the checkpoint, ten looks into the error queue and one for what was processed: whatever two deliveries try, three
    // times each, and then to write down that they failed.
    (13..=24).for_each(|call| proxy.inject(Fault::KillBefore(call)));
    assert!(app.stack.reconcile().await.is_err());
    assert_eq!(app.rows_of("RECONCILE", "CHECKPOINT").await, before);

    proxy.reset();
    app.advance(2 * MINUTES).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn a_tool_that_is_configured_otherwise_touches_nothing() {
    let app = TestApp::start().await;
    app.stack.reconcile().await.unwrap();
    let context = app.context();
    for other in [
        shared::fulfil::Context { cancel_on_lost_dispute: false, ..context.clone() },
        shared::fulfil::Context { app: shared::domain::AppId::parse("another").unwrap(), ..context.clone() },
        shared::fulfil::Context { test_mode: false, ..context.clone() },
    ] {
        let refused = cli::reconcile::run(&other, None).await.unwrap_err();
        assert!(refused.to_string().starts_with("the functions run as APP_ID=tuition"), "{refused}");
    }
    let run = RunOptions { since: None, deadline: None, trigger: RunTrigger::Operator };
    let other = shared::fulfil::Context { test_mode: false, ..context.clone() };
    let refused = reconcile::run(&other, run, |_| {}).await;
    assert!(matches!(refused, Err(ReconcileError::Misconfigured(_))));
    cli::reconcile::run(&context, None).await.unwrap();
}
