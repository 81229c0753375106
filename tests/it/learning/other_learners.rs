//! Shows that every route of learning is for its own learner: nothing without a token, and nothing of anybody else's.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::learning::{FREE_COURSE, FREE_STEPS, step_path};

/// Every route of learning that needs a token, for the free course and for one that Ada has bought.
fn calls() -> Vec<(Method, String, Option<Value>)> {
    let mut calls = vec![(Method::GET, "/enrollments".to_owned(), None)];
    for (course, step) in [(FREE_COURSE, FREE_STEPS[0]), (COURSE, "golden-set")] {
        calls.push((Method::POST, step_path(course, step), None));
        calls.push((Method::DELETE, step_path(course, step), None));
        calls.push((Method::GET, format!("/courses/{course}"), None));
        calls.push((Method::POST, format!("/courses/{course}/certificate"), Some(json!({"name": "Mallory"}))));
    }
    calls
}

#[tokio::test]
async fn another_learner_sees_and_changes_nothing_of_it() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.buy(COURSE).await;
    ada.complete(COURSE, &["golden-set"]).await;
    ada.complete_free_course().await;
    let of_ada = async || {
        let mut rows = app.rows_of(&format!("USER#{}", ada.user), "").await;
        rows.extend(app.rows_of("CERTIFICATE#", "").await);
        (rows, ada.get("/enrollments").await.expect(200))
    };
    let before = of_ada().await;

    let mallory = app.as_learner("mallory").await;
    let mut statuses = Vec::new();
    for (method, path, body) in calls() {
        let answer = mallory.call(method.clone(), &path, body.map(|body| body.to_string())).await;
        assert!(!answer.body.to_string().contains("Lovelace"), "{method} {path}");
        statuses.push(answer.status.as_u16());
    }
    // A list of her own, a free course that she may learn, and one that she has not bought.
    assert_eq!(statuses, [200, 200, 200, 200, 409, 403, 403, 200, 404]);
    assert_eq!(of_ada().await, before);
    let course = mallory.course(COURSE).await;
    assert_eq!(
        (&course["enrollment"]["status"], &course["enrollment"]["percent"]),
        (&json!("not_enrolled"), &json!(0))
    );
}

#[tokio::test]
async fn without_a_token_there_is_nothing_but_a_certificate() {
    let app = TestApp::start().await;
    let certificate = app.as_learner("ada").await.complete_free_course().await;
    let before = app.rows().await;
    for (method, path, body) in calls() {
        let answer = app.call_without_token(method.clone(), &path, body.map(|body| body.to_string())).await;
        assert_eq!(answer.status, 401, "{method} {path}");
    }
    app.call_without_token(Method::GET, &format!("/certificates/{certificate}"), None).await.expect(200);
    assert_eq!(app.rows().await, before);
}
