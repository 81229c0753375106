//! Shows that the same card earns nothing, and that only referred purchases pay for finding out.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::{OTHER_CARD, VALID_CARD};
use crate::support::catalog::COURSE;

#[tokio::test]
async fn who_pays_with_the_referrers_card_is_rejected_and_has_the_course() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.buy("fine-tuning").await;
    let code = ada.referral_code().await;
    grace.buy_with_code(COURSE, &code, VALID_CARD).await;
    assert_eq!(grace.access_reason(COURSE).await, "purchased");
    assert_eq!(ada.only_referral().await, (json!("rejected"), json!("same_card")));
    assert_eq!(ada.credit().await, (0, 0, 0));
}

#[tokio::test]
async fn another_card_earns_credit() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.buy("fine-tuning").await;
    let code = ada.referral_code().await;
    grace.buy_with_code(COURSE, &code, OTHER_CARD).await;
    assert_eq!(ada.only_referral().await.0, "confirmed");
}
