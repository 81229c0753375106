//! Shows that completions at the same time lose nothing, what a completion costs, and what happens when the table fails.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::fault_proxy::Fault;
use crate::support::learning::{FREE_COURSE, FREE_STEPS, LONG_COURSE, catalog_of_steps};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_completions_at_once_lose_nothing() {
    let app = TestApp::start_with_catalog(&catalog_of_steps(20)).await;
    let ada = app.as_learner("ada").await;
    let steps: Vec<String> = (0..20).map(|number| format!("s{number}")).collect();
    let answers = join_all(steps.iter().map(|step| ada.try_complete(LONG_COURSE, step))).await;
    let mut percents: Vec<u64> =
        answers.into_iter().map(|answer| answer.expect(200)["percent"].as_u64().unwrap()).collect();
    percents.sort_unstable();
    // Each was written on top of all those before it.
    assert_eq!(percents, (1..=20).map(|number| number * 5).collect::<Vec<u64>>());
    let course = ada.course(LONG_COURSE).await;
    assert_eq!((&course["enrollment"]["status"], &course["enrollment"]["percent"]), (&json!("completed"), &json!(100)));
    assert_eq!(app.rows_of("COMPLETIONS#", "STEP#").await.len(), 20);
    assert_eq!(app.rows_of("COMPLETIONS#", "COURSE#").await.len(), 1);
    assert_eq!(app.rows_of(&format!("USER#{}", ada.user), "PROGRESS#").await[0]["version"], 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_step_completed_and_undone_at_once_ends_as_one_of_both() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.complete(FREE_COURSE, &FREE_STEPS[1..2]).await;
    let (completed, undone) =
        tokio::join!(ada.try_complete(FREE_COURSE, FREE_STEPS[0]), ada.try_undo(FREE_COURSE, FREE_STEPS[0]));
    completed.expect(200);
    undone.expect(200);
    let percent = ada.course(FREE_COURSE).await["enrollment"]["percent"].as_u64().unwrap();
    assert!([25, 50].contains(&percent), "{percent}");
    let counted = app.rows_of("COMPLETIONS#", "STEP#").await.len() as u64;
    assert_eq!(counted * 25, percent, "statistics count what is done");
}

#[tokio::test]
async fn a_completion_takes_two_reads_and_one_write_and_a_repetition_no_write() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.course(FREE_COURSE).await;
    let calls = || {
        let mut calls = table.calls();
        calls[..2].sort_unstable();
        calls
    };
    for expected in [&["GetItem", "Query", "TransactWriteItems"][..], &["GetItem", "Query"]] {
        table.reset();
        ada.complete(FREE_COURSE, &FREE_STEPS[..1]).await;
        assert_eq!(calls(), expected);
    }
    table.reset();
    ada.course(FREE_COURSE).await;
    assert_eq!(calls(), ["GetItem", "Query"]);
    table.reset();
    ada.get("/enrollments").await.expect(200);
    assert_eq!(calls(), ["Query", "Query"]);
    table.reset();
    ada.access(FREE_COURSE).await;
    assert_eq!(table.calls(), ["Query"], "an access check reads no progress");
}

#[tokio::test]
async fn a_lost_answer_or_a_conflict_is_tried_again_and_counts_once() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    let before = app.as_learner("before").await;
    before.course(FREE_COURSE).await;
    for (number, fault) in [Fault::KillAfter(3), Fault::KillBefore(3), Fault::TransactionConflict(3)].iter().enumerate()
    {
        let learner = app.as_learner(&format!("learner{number}")).await;
        table.reset();
        table.inject(*fault);
        assert_eq!(learner.complete(FREE_COURSE, &FREE_STEPS[..1]).await["percent"], 25, "{fault:?}");
        let written = app.rows_of(&format!("USER#{}", learner.user), "PROGRESS#").await;
        assert_eq!(written[0]["version"], 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_tried_again_later() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.course(FREE_COURSE).await;
    for fault in [Fault::CrashBefore(1), Fault::CrashBefore(3)] {
        table.reset();
        table.inject(fault);
        let answer = ada.try_complete(FREE_COURSE, FREE_STEPS[0]).await;
        answer.expect_problem(503, "store_unavailable");
        assert!(answer.headers.contains_key("retry-after"), "{fault:?}");
    }
    table.reset();
    assert_eq!(ada.course(FREE_COURSE).await["enrollment"]["percent"], 0);
}

/// Other requests are faster at every attempt, for ten seconds.
#[tokio::test]
async fn a_completion_that_loses_every_race_ends_with_an_answer_that_says_to_try_again() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.course(FREE_COURSE).await;
    table.reset();
    // After the facts and the progress, each attempt is a write and another read of the progress.
    (3..200).step_by(2).for_each(|write| table.inject(Fault::TransactionConflict(write)));
    let answer = ada.try_complete(FREE_COURSE, FREE_STEPS[0]).await;
    answer.expect_problem(503, "store_unavailable");
    assert!(answer.headers.contains_key("retry-after"));
    assert!(table.calls().len() > 10, "{:?}", table.calls());
    assert_eq!(table.calls().iter().filter(|call| *call == "Query").count(), 1, "facts are read once");
    table.reset();
    assert_eq!(ada.course(FREE_COURSE).await["enrollment"]["percent"], 0);
}
