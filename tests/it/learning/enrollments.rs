//! Shows the dashboard: every course that a learner has touched, the one that was worked on last first.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::learning::FREE_COURSE;
use crate::support::time::MINUTE;

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["course_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_dashboard_lists_what_was_touched_and_begins_with_what_was_worked_on_last() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    assert_eq!(ada.get("/enrollments").await.expect(200), json!({"items": [], "next_cursor": null}));
    ada.buy_bundle("practice-bundle").await;
    let bought = ada.get("/enrollments").await.expect(200);
    assert_eq!(ids(&bought), [COURSE, "fine-tuning"]);
    let item = &bought["items"][0];
    assert_eq!(
        (&item["status"], &item["percent"], &item["last_activity_at"]),
        (&json!("enrolled"), &json!(0), &Value::Null)
    );
    assert_eq!(item["next_step"], json!({"id": "chunking", "title": "Cutting documents well", "module_id": "index"}));
    assert_eq!(
        (&item["because"]["reason"], &item["because"]["product"]),
        (&json!("purchased"), &json!("practice-bundle"))
    );
    assert_eq!(item["enrolled_at"], item["because"]["since"]);
    assert_eq!((&item["completed_at"], &item["certificate_id"]), (&Value::Null, &Value::Null));

    ada.complete("fine-tuning", &["collecting"]).await;
    app.advance(MINUTE).await;
    ada.complete(FREE_COURSE, &["context"]).await;
    app.advance(MINUTE).await;
    // A preview of what was not bought.
    ada.complete("ai-in-4-weekends", &["setup"]).await;
    let list = ada.get("/enrollments").await.expect(200);
    assert_eq!(ids(&list), ["ai-in-4-weekends", FREE_COURSE, "fine-tuning", COURSE]);
    assert_eq!(list["items"][0]["status"], "not_enrolled");
    app.advance(MINUTE).await;
    ada.try_undo("fine-tuning", "collecting").await.expect(200);
    assert_eq!(ids(&ada.get("/enrollments").await.expect(200))[0], "fine-tuning", "undoing is working on it, too");
}

#[tokio::test]
async fn the_pages_of_the_dashboard_join_without_a_gap() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.receive_grant(None, None).await;
    ada.complete(FREE_COURSE, &["context"]).await;
    let whole = ada.get("/enrollments").await.expect(200);
    assert_eq!(ids(&whole).len(), 6);
    let (mut joined, mut path) = (Vec::new(), "/enrollments?limit=4".to_owned());
    loop {
        let page = ada.get(&path).await.expect(200);
        joined.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/enrollments?limit=4&cursor={cursor}");
    }
    assert_eq!(json!(joined), whole["items"]);
    ada.get("/enrollments?limit=0").await.expect_problem(400, "invalid_limit");
    ada.get("/enrollments?cursor=%21").await.expect_problem(400, "invalid_cursor");
}
