//! Shows what a checkout says about a referral code, and that no code stops a sale.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;

#[tokio::test]
async fn a_code_that_does_not_count_leaves_the_checkout_as_it_is() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let (own, other) = (ada.referral_code().await, grace.referral_code().await);
    for (code, applied, reason) in [
        (other.clone(), true, None),
        (other.to_lowercase(), true, None),
        (own, false, Some("own_code")),
        ("ABCD2345".to_owned(), false, Some("unknown_code")),
        (String::new(), false, Some("unknown_code")),
        ("x".repeat(1_000), false, Some("unknown_code")),
    ] {
        let expected = json!({"applied": applied, "reason": reason});
        let request = json!({"course_id": COURSE, "referral_code": code});
        let answer = ada.post("/checkout/sessions", request).await;
        assert!(answer.status.is_success(), "{}", answer.body);
        assert_eq!(answer.body["referral"], expected, "{code}");
    }
    let again = json!({"course_id": COURSE, "referral_code": "unknown"});
    let answer = ada.post("/checkout/sessions", again).await.expect(200);
    assert_eq!(answer["referral"]["reason"], "unknown_code", "the open one is answered in the same way");
    let intent = json!({"course_id": COURSE, "referral_code": other});
    let answer = ada.post("/checkout/payment-intents", intent).await.expect(201);
    assert_eq!(answer["referral"], json!({"applied": true, "reason": null}));
    let without = ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect(201);
    assert_eq!(without["referral"], json!(null));
}

#[tokio::test]
async fn only_the_first_purchase_is_referred() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    grace.buy(COURSE).await;
    let request = json!({"course_id": "fine-tuning", "referral_code": ada.referral_code().await});
    let answer = grace.post("/checkout/sessions", request).await.expect(201);
    assert_eq!(answer["referral"], json!({"applied": false, "reason": "not_first_purchase"}));
}
