//! Shows when modules open: one after the other, on a cohort's day, and some days after enrolment.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::learner::Learner;
use crate::support::time::{DAY, HOUR};

const TRACK: &str = "ai-engineer-track";
const COHORT: &str = "cohort";

#[tokio::test]
async fn a_track_opens_one_project_after_the_other() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    assert_eq!(ada.locks(TRACK).await, ["open", "no_access", "no_access"]);
    ada.buy(TRACK).await;
    assert_eq!(ada.locks(TRACK).await, ["open", "previous_modules", "previous_modules"]);
    let refused = ada.try_complete(TRACK, "ingest").await;
    refused.expect_problem(409, "module_locked");
    assert_eq!(refused.body["reason"], "previous_modules");
    assert_eq!(refused.body["missing_steps"], json!(["assistant-brief", "prototype", "assistant-review"]));
    assert_eq!(refused.body["opens_at"], Value::Null);

    ada.complete(TRACK, &["assistant-brief", "assistant-review"]).await;
    assert_eq!(ada.try_complete(TRACK, "ingest").await.body["missing_steps"], json!(["prototype"]));
    let next = ada.complete(TRACK, &["prototype"]).await;
    assert_eq!(next["next_step"]["id"], "search-brief");
    assert_eq!(ada.locks(TRACK).await, ["open", "open", "previous_modules"]);

    // Before anything is done of the second project, it is locked again; after that, it stays open.
    ada.try_undo(TRACK, "prototype").await.expect(200);
    assert_eq!(ada.locks(TRACK).await, ["open", "previous_modules", "previous_modules"]);
    ada.complete(TRACK, &["prototype", "search-brief", "ingest", "search-review"]).await;
    ada.try_undo(TRACK, "prototype").await.expect(200);
    assert_eq!(ada.locks(TRACK).await, ["open", "open", "previous_modules"]);
    ada.complete(TRACK, &["prototype"]).await;
    let all = ada.complete(TRACK, &["proposal", "build", "demo-day"]).await;
    assert_eq!((&all["status"], &all["percent"]), (&json!("completed"), &json!(100)));
}

/// A cohort that starts in ten days; its second week opens seven days later.
async fn cohort() -> TestApp {
    let starts_at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(240);
    let modules = "[{id: a, title: A, preview: true, steps: [{id: a1, title: S}]}, {id: b, title: B, steps: [{id: b1, title: S}]}, \
        {id: c, title: C, opens_after_days: 7, steps: [{id: c1, title: S}]}]";
    let course = format!(
        "{{id: {COHORT}, title: C, summary: S, category: alacarte, starts_at: \"{starts_at}\", modules: {modules}}}"
    );
    let product = format!("{{id: {COHORT}, name: C, description: D, courses: [{COHORT}], prices: {{usd: 100}}}}");
    TestApp::start_with_catalog(&format!("courses: [{course}]\nproducts: [{product}]\n")).await
}

/// What the modules' locks say, and when they open, in days from the start of the cohort.
async fn opening_days(learner: &Learner) -> Vec<Value> {
    let course = learner.course(COHORT).await;
    let start: jiff::Timestamp = course["starts_at"].as_str().unwrap().parse().unwrap();
    let day = |module: &Value| {
        let opens_at = module["opens_at"].as_str()?.parse::<jiff::Timestamp>().unwrap();
        Some(opens_at.duration_since(start).as_hours() / 24)
    };
    course["modules"].as_array().unwrap().iter().map(|module| json!([module["reason"], day(module)])).collect()
}

#[tokio::test]
async fn a_cohort_is_bought_and_shown_and_opens_on_its_day_and_then_week_by_week() {
    let app = cohort().await;
    let ada = app.as_learner("ada").await;
    assert_eq!(ada.access(COHORT).await["because"]["reason"], "not_purchased");
    ada.buy(COHORT).await;
    let access = ada.access(COHORT).await;
    let starts_at = ada.get("/catalog").await.expect(200)["courses"][0]["starts_at"].clone();
    assert_eq!(access["because"], json!({"reason": "not_started", "starts_at": starts_at}));
    assert_eq!(access["has_access"], false);
    assert_eq!(ada.get("/courses").await.expect(200)["items"][0]["access"], access);
    assert_eq!(ada.enrollment_status(COHORT).await, "enrolled");
    assert_eq!(opening_days(&ada).await, [json!([null, null]), json!(["not_started", 0]), json!(["not_started", 0])]);
    let refused = ada.try_complete(COHORT, "b1").await;
    refused.expect_problem(403, "no_access");
    assert_eq!(refused.body["because"], access["because"]);
    ada.complete(COHORT, &["a1"]).await;

    app.advance(10 * DAY + HOUR).await;
    assert_eq!(ada.access_reason(COHORT).await, "purchased");
    // The days are counted from the start, as the learner enrolled before.
    assert_eq!(opening_days(&ada).await, [json!([null, null]), json!([null, null]), json!(["opens_later", 7])]);
    ada.complete(COHORT, &["b1"]).await;
    let refused = ada.try_complete(COHORT, "c1").await;
    refused.expect_problem(409, "module_locked");
    assert_eq!((&refused.body["reason"], &refused.body["missing_steps"]), (&json!("opens_later"), &json!([])));
    assert_eq!(refused.body["opens_at"], ada.course(COHORT).await["modules"][2]["opens_at"]);

    app.advance(7 * DAY).await;
    assert_eq!(ada.complete(COHORT, &["c1"]).await["status"], "completed");
}

#[tokio::test]
async fn the_days_are_counted_from_enrolment_when_that_is_later() {
    let app = cohort().await;
    app.advance(20 * DAY).await;
    let ada = app.as_learner("ada").await;
    ada.buy(COHORT).await;
    assert_eq!(ada.locks(COHORT).await, ["open", "open", "opens_later"]);
    app.advance(6 * DAY).await;
    assert_eq!(ada.locks(COHORT).await, ["open", "open", "opens_later"]);
    app.advance(DAY + HOUR).await;
    assert_eq!(ada.locks(COHORT).await, ["open", "open", "open"]);
}

#[tokio::test]
async fn the_sample_has_a_track_a_cohort_and_certificates() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let catalog = ada.get("/catalog").await.expect(200);
    let courses = catalog["courses"].as_array().unwrap();
    let find = |wanted: &dyn Fn(&Value) -> bool| courses.iter().any(wanted);
    assert!(find(&|course| course["unlock"] == "sequential"));
    assert!(find(&|course| course["starts_at"].is_string() && course["modules"][1]["opens_after_days"] == 7));
    assert!(find(&|course| course["certificate"] == true));
    ada.buy("agents-in-production").await;
    assert_eq!(ada.locks("agents-in-production").await, ["not_started"; 3]);
}

#[tokio::test]
async fn an_operator_sees_that_a_cohort_whose_refund_is_asked_for_has_not_started() {
    let app = cohort().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COHORT).await;
    let request = ada.refund_request(&intent).await;
    let shown = olga.get(&format!("/admin/refund-requests/{request}")).await.expect(200);
    assert_eq!(shown["courses"][0]["access"]["because"]["reason"], "not_started");
}
