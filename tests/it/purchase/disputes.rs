//! Shows that a dispute closes the course until it is won, and that an inquiry does not.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;

#[tokio::test]
async fn a_dispute_closes_the_course_until_it_is_won_and_so_does_a_second_one() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;

    let first = app.dispute(&intent, "chargeback").await;
    assert_eq!(ada.access_reason(COURSE).await, "disputed");
    assert_eq!(ada.access(COURSE).await["because"]["dispute"], json!(first));
    app.test_action(&format!("disputes/{first}/won")).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");

    let second = app.dispute(&intent, "chargeback").await;
    assert_eq!(ada.access_reason(COURSE).await, "disputed");
    app.test_action(&format!("disputes/{second}/lost")).await;
    assert_eq!(ada.access_reason(COURSE).await, "disputed");
}

#[tokio::test]
async fn an_inquiry_closes_nothing_until_it_becomes_a_chargeback() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;

    let inquiry = app.dispute(&intent, "inquiry").await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    app.test_action(&format!("disputes/{inquiry}/needs_response")).await;
    assert_eq!(ada.access_reason(COURSE).await, "disputed");
}
