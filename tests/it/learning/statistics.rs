//! Shows that an operator can count a day's completions without reading learners.

use jiff::Timestamp;
use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::learning::{FREE_COURSE, FREE_STEPS};
use crate::support::time::DAY;

/// The sort keys of a day's completions.
async fn counted(app: &TestApp, day: &str) -> Vec<String> {
    let rows: Vec<Value> = app.rows_of(&format!("COMPLETIONS#{day}"), "").await;
    rows.iter().map(|row| row["SK"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn completions_are_counted_on_their_day_and_not_when_they_are_undone() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let today = |days: i64| {
        let time = Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        time.strftime("%Y-%m-%d").to_string()
    };
    let (first, second) = (today(0), today(1));
    let step = |step: &str| format!("STEP#{FREE_COURSE}#{step}#{}", ada.user);
    ada.complete(FREE_COURSE, &FREE_STEPS[..2]).await;
    assert_eq!(counted(&app, &first).await, [step("first-prompt"), step("what-a-model-is")]);

    app.advance(DAY).await;
    ada.try_undo(FREE_COURSE, FREE_STEPS[1]).await.expect(200);
    assert_eq!(counted(&app, &first).await, [step("what-a-model-is")]);
    ada.complete(FREE_COURSE, &FREE_STEPS).await;
    let course = format!("COURSE#{FREE_COURSE}#{}", ada.user);
    assert_eq!(counted(&app, &second).await, [course.clone(), step("checking"), step("context"), step("first-prompt")]);
    // The course was completed once, whatever is undone later.
    ada.try_undo(FREE_COURSE, FREE_STEPS[2]).await.expect(200);
    assert_eq!(counted(&app, &second).await, [course, step("checking"), step("first-prompt")]);
    let in_order = app.rows_of("COMPLETIONS#", "").await;
    assert!(in_order.iter().all(|row| row.get("expires_at").is_none() && row["completed_at"].is_string()));
}
