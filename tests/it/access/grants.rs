//! Shows that what an operator grants gives access until it ends.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;

#[tokio::test]
async fn a_grant_gives_access_until_it_ends() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.receive_grant(Some(COURSE), None).await;
    assert_eq!(ada.access_reason(COURSE).await, "granted");
    assert_eq!(ada.access_reason("fine-tuning").await, "not_purchased");
    ada.receive_grant(None, Some("2099-01-01T00:00:00Z")).await;
    let access = ada.access("fine-tuning").await;
    assert_eq!((&access["has_access"], &access["until"]), (&json!(true), &json!("2099-01-01T00:00:00Z")));
    ada.receive_grant(None, Some("2026-01-02T00:00:00Z")).await;
    assert_eq!(ada.access_reason(COURSE).await, "grant_expired");
}

#[tokio::test]
async fn a_course_that_is_granted_can_still_be_bought() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.receive_grant(None, Some("2099-01-01T00:00:00Z")).await;
    ada.buy(COURSE).await;
    assert_eq!(ada.access(COURSE).await["because"]["reason"], "purchased", "a purchase lasts longer");
}
