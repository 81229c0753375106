//! Shows that progress outlives access: who comes back after a refund or a lapsed plan goes on where they were.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, premium};
use crate::support::catalog::COURSE;
use crate::support::time::DAY;

#[tokio::test]
async fn who_buys_again_after_a_refund_goes_on() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let before = ada.complete(COURSE, &["chunking", "golden-set"]).await;
    app.refund(&intent, &[]).await;

    let course = ada.course(COURSE).await;
    let withdrawn = &course["enrollment"];
    assert_eq!(withdrawn["status"], "withdrawn");
    assert_eq!((&withdrawn["percent"], &withdrawn["because"]["reason"]), (&json!(66), &json!("refunded")));
    assert_eq!(withdrawn["enrolled_at"], before["enrolled_at"]);
    // Behind the preview even what was done is closed.
    assert_eq!(ada.locks(COURSE).await, ["open", "no_access"]);
    let refused = ada.try_undo(COURSE, "golden-set").await;
    refused.expect_problem(403, "no_access");
    assert_eq!(refused.body["because"]["reason"], "refunded");
    assert_eq!(ada.enrollment_status(COURSE).await, "withdrawn");

    ada.buy(COURSE).await;
    let again = ada.course(COURSE).await;
    assert_eq!((&again["enrollment"]["status"], &again["enrollment"]["percent"]), (&json!("enrolled"), &json!(66)));
    assert_eq!(again["enrollment"]["enrolled_at"], before["enrolled_at"]);
    assert_eq!(ada.complete(COURSE, &["choosing"]).await["status"], "completed");
}

#[tokio::test]
async fn who_subscribes_again_after_a_lapsed_plan_goes_on() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.complete(COURSE, &["chunking", "golden-set"]).await;
    ada.post(CANCEL, json!({"immediately": true})).await.expect(200);
    app.settle().await;
    assert_eq!(ada.enrollment_status(COURSE).await, "withdrawn");
    app.advance(40 * DAY).await;
    ada.subscribe(json!({"plan_id": "premium", "trial_days": 0})).await;
    assert_eq!(ada.enrollment_status(COURSE).await, "enrolled");
    assert_eq!(ada.complete(COURSE, &["choosing"]).await["status"], "completed");
}

#[tokio::test]
async fn a_completed_course_stays_completed_when_the_time_is_over_and_not_when_the_money_goes_back() {
    let app = TestApp::start().await;
    let steps = ["chunking", "choosing", "golden-set"];
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.complete(COURSE, &steps).await;
    ada.post(CANCEL, json!({"immediately": true})).await.expect(200);
    app.settle().await;
    assert_eq!(ada.access(COURSE).await["has_access"], false);
    assert_eq!(ada.enrollment_status(COURSE).await, "completed");

    let grace = app.as_learner("grace").await;
    let intent = grace.buy(COURSE).await;
    grace.complete(COURSE, &steps).await;
    app.refund(&intent, &[]).await;
    assert_eq!(grace.enrollment_status(COURSE).await, "withdrawn");
}

#[tokio::test]
async fn a_grant_enrols_until_it_ends() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.receive_grant(Some(COURSE), None).await;
    assert_eq!(ada.enrollment_status(COURSE).await, "enrolled");
    ada.complete(COURSE, &["golden-set"]).await;
    ada.receive_grant(Some(COURSE), Some("2026-02-01T00:00:00Z")).await;
    assert_eq!(ada.enrollment_status(COURSE).await, "withdrawn");
    assert_eq!(ada.course(COURSE).await["enrollment"]["because"]["reason"], "grant_expired");
}
