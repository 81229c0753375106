//! Shows that a reconcile run can be stopped, run twice at once, and fail, without an event being skipped.

use shared::fulfil::reconcile::{self, ReconcileError, RunOptions, RunTrigger};
use tokio::time::Instant;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;
use crate::support::time::MINUTE;

/// A run continues where the last one stopped, wherever that was.
#[tokio::test]
async fn a_run_that_was_stopped_is_continued_by_the_next() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let mut courses = vec![COURSE, "fine-tuning", "ai-in-4-weekends"];
    for course in &courses {
        ada.buy_without_webhooks(course).await;
    }
    // More than a page of events that are not ours.
    for number in 0..250 {
        let form = [("email", format!("somebody{number}@example.com"))];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.stripe_post("/v1/customers", &form).await;
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
    assert!(checkpoint.window.is_some_and(|window| window.last_read_event.is_some()), "a page is done");

    let report = app.stack.reconcile().await.unwrap();
    assert!(report.finished);
    courses.sort_unstable();
    for course in courses {
        assert_eq!(ada.access_reason(course).await, "purchased");
    }
    assert!(context.store.checkpoint().await.unwrap().unwrap().value.window.is_none());
}

#[tokio::test]
async fn two_runs_at_once_apply_each_event_once() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (intent, _) = ada.buy_without_webhooks(COURSE).await;
    app.refund(&intent, &[("amount", "100")]).await;
    let context = app.context();
    let run =
        || reconcile::run(&context, RunOptions { since: None, deadline: None, trigger: RunTrigger::Operator }, |_| {});
    let (one, two) = tokio::join!(run(), run());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.failed, two.failed), (0, 0));
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    let transitions = ada.transitions().await;
    assert_eq!(
        transitions.iter().filter(|transition| transition["effect"] == "purchase_status_changed").count(),
        1,
        "{transitions:?}"
    );
}

/// A purchase that can neither be applied nor recorded as failed is not skipped.
#[tokio::test]
async fn a_page_that_could_not_be_applied_is_read_again() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.stack.reconcile().await.unwrap();
    let before = app.rows_of("RECONCILE", "CHECKPOINT").await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    ada.buy_without_webhooks(COURSE).await;
    proxy.reset();
    // The first calls read the checkpoint, ten shards of the error queue and what was processed. The next ones are those of two
    // deliveries, three tries each, and of recording that they failed.
    (13..=24).for_each(|call| proxy.inject(Fault::KillBefore(call)));
    assert!(app.stack.reconcile().await.is_err());
    assert_eq!(app.rows_of("RECONCILE", "CHECKPOINT").await, before);

    proxy.reset();
    app.advance(20 * MINUTE).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn a_tool_with_another_configuration_than_the_functions_changes_nothing() {
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
