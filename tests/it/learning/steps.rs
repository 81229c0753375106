//! Shows how steps are completed and undone, what an answer says, and what is refused.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::learning::{FREE_COURSE, FREE_STEPS};

#[tokio::test]
async fn steps_add_up_to_a_completed_course() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let untouched = ada.course(FREE_COURSE).await;
    assert_eq!(
        (&untouched["enrollment"]["status"], &untouched["enrollment"]["percent"]),
        (&json!("not_enrolled"), &json!(0))
    );
    assert_eq!(untouched["enrollment"]["next_step"]["id"], FREE_STEPS[0]);

    let mut seen = Vec::new();
    for step in FREE_STEPS {
        let answer = ada.complete(FREE_COURSE, &[step]).await;
        let next = answer["next_step"]["id"].clone();
        seen.push((answer["status"].clone(), answer["percent"].as_u64().unwrap(), next));
        // The course and the dashboard say the same.
        let mut of_course = ada.course(FREE_COURSE).await["enrollment"].clone();
        of_course["course_id"] = json!(FREE_COURSE);
        assert_eq!(of_course, answer);
        assert_eq!(ada.get("/enrollments").await.expect(200), json!({"items": [answer], "next_cursor": null}));
    }
    let expected = [
        (json!("enrolled"), 25, json!(FREE_STEPS[1])),
        (json!("enrolled"), 50, json!(FREE_STEPS[2])),
        (json!("enrolled"), 75, json!(FREE_STEPS[3])),
        (json!("completed"), 100, Value::Null),
    ];
    assert_eq!(seen, expected);
    let course = ada.course(FREE_COURSE).await;
    let steps = course["modules"].as_array().unwrap().iter().flat_map(|module| module["steps"].as_array().unwrap());
    assert!(steps.clone().all(|step| step["completed_at"].is_string()), "{course}");
    assert_eq!(course["enrollment"]["completed_at"], steps.last().unwrap()["completed_at"]);
}

#[tokio::test]
async fn a_repetition_changes_nothing_and_an_undone_step_can_be_done_again() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let once = ada.complete(FREE_COURSE, &FREE_STEPS[..2]).await;
    let rows = app.rows().await;
    assert_eq!(ada.complete(FREE_COURSE, &FREE_STEPS[..2]).await, once);
    assert_eq!(ada.try_undo(FREE_COURSE, FREE_STEPS[3]).await.expect(200), once, "it was never done");
    assert_eq!(app.rows().await, rows);

    let undone = ada.try_undo(FREE_COURSE, FREE_STEPS[0]).await.expect(200);
    assert_eq!((&undone["percent"], &undone["next_step"]["id"]), (&json!(25), &json!(FREE_STEPS[0])));
    assert_eq!(ada.try_undo(FREE_COURSE, FREE_STEPS[0]).await.expect(200), undone);
    let course = ada.course(FREE_COURSE).await;
    assert_eq!(course["modules"][0]["steps"][0]["completed_at"], Value::Null);
    assert_eq!(ada.complete(FREE_COURSE, &FREE_STEPS[..1]).await["percent"], 50);
}

#[tokio::test]
async fn a_completed_course_stays_completed_when_a_step_is_undone() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let completed = ada.complete(FREE_COURSE, &FREE_STEPS).await;
    let undone = ada.try_undo(FREE_COURSE, FREE_STEPS[1]).await.expect(200);
    assert_eq!((&undone["status"], &undone["percent"]), (&json!("completed"), &json!(75)));
    assert_eq!(undone["completed_at"], completed["completed_at"]);
}

#[tokio::test]
async fn a_course_that_is_not_open_takes_steps_of_its_previews_only() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let preview = ada.complete(COURSE, &["chunking"]).await;
    assert_eq!((&preview["status"], &preview["percent"]), (&json!("not_enrolled"), &json!(33)));
    for answer in [ada.try_complete(COURSE, "golden-set").await, ada.try_undo(COURSE, "golden-set").await] {
        answer.expect_problem(403, "no_access");
        assert_eq!(answer.body["because"], json!({"reason": "not_purchased"}));
    }
    ada.buy(COURSE).await;
    let bought = ada.complete(COURSE, &["golden-set"]).await;
    assert_eq!((&bought["status"], &bought["percent"]), (&json!("enrolled"), &json!(66)));
}

#[tokio::test]
async fn what_is_no_step_of_the_course_is_not_found() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let before = app.rows().await;
    for (course, step) in [
        (FREE_COURSE, "unheard-of"),
        // Another course's.
        (FREE_COURSE, "golden-set"),
        (FREE_COURSE, "first-steps"),
        (FREE_COURSE, "..%2Fcertificate"),
        (FREE_COURSE, "%FF"),
        ("unheard-of", "first-prompt"),
        ("NOT%20A%20SLUG", "first-prompt"),
    ] {
        ada.try_complete(course, step).await.expect_problem(404, "not_found");
        ada.try_undo(course, step).await.expect_problem(404, "not_found");
    }
    assert_eq!(app.rows().await, before);
}
