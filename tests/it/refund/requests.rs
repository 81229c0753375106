//! Shows what a learner does with refund requests: ask, look, withdraw, ask again.

use serde_json::{Value, json};
use shared::domain::UserId;
use shared::fulfil;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;

#[tokio::test]
async fn a_learner_asks_once_withdraws_and_asks_again() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let path = format!("/billing/payments/{intent}/refund-requests");

    let made = ada.post(&path, json!({"reason": "  It is not for me.  "})).await.expect(201);
    assert!(made["id"].as_str().unwrap().starts_with("rr_"), "{made}");
    assert_eq!((&made["payment_id"], &made["status"]), (&json!(intent), &json!("open")));
    assert_eq!(made["reason"], "It is not for me.");
    let payment = ada.payment(&intent).await;
    assert_eq!(payment["refund_request"], made);
    assert_eq!(payment["refundable"]["reason"], "refund_requested");
    ada.post(&path, json!({"reason": "Again."})).await.expect_problem(409, "refund_requested");

    let id = made["id"].as_str().unwrap();
    let withdrawn = ada.withdraw(id).await.expect(200);
    assert_eq!((&withdrawn["id"], &withdrawn["status"]), (&made["id"], &json!("withdrawn")));
    assert_eq!(ada.withdraw(id).await.expect(200), withdrawn, "again changes nothing");

    let again = ada.post(&path, json!({"reason": "Now I am sure."})).await.expect(201);
    assert_ne!(again["id"], made["id"]);
    let listed = ada.get("/billing/refund-requests").await.expect(200);
    let statuses: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|item| &item["status"]).collect();
    assert_eq!(statuses, ["open", "withdrawn"]);
    let shown = ada.payment(&intent).await;
    assert_eq!(shown["refund_request"]["id"], again["id"], "the last one");
}

#[tokio::test]
async fn a_payment_can_be_asked_for_five_times() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (intent, other) = (ada.buy(COURSE).await, ada.buy("fine-tuning").await);
    for _ in 0..5 {
        let request = ada.refund_request(&intent).await;
        ada.withdraw(&request).await.expect(200);
    }
    ada.ask_for_refund(&intent).await.expect_problem(409, "too_many_refund_requests");
    assert_eq!(ada.payment(&intent).await["refundable"]["reason"], "too_many_refund_requests");
    ada.refund_request(&other).await;
}

#[tokio::test]
async fn two_requests_at_once_are_one() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let answers = futures_util::future::join_all((0..5).map(|_| ada.ask_for_refund(&intent))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.expect_problem(409, "refund_requested");
    }
    assert_eq!(ada.get("/billing/refund-requests").await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_reason_has_a_length_and_a_payment_exists() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let path = format!("/billing/payments/{intent}/refund-requests");
    for reason in ["", "   ", &"ä".repeat(2_001)] {
        let refused = ada.post(&path, json!({"reason": reason})).await;
        refused.expect_problem(400, "invalid_reason");
        assert_eq!(refused.body["field"], "reason");
    }
    ada.post(&path, json!({})).await.expect_problem(400, "invalid_field");
    ada.post(&path, json!({"reason": "a", "amount": 1})).await.expect_problem(400, "invalid_field");
    ada.ask_for_refund("pi_unknown").await.expect_problem(404, "not_found");
    ada.get("/billing/payments/pi_unknown").await.expect_problem(404, "not_found");
    ada.withdraw("rr_unknown").await.expect_problem(404, "not_found");
    ada.post(&path, json!({"reason": "ä".repeat(2_000)})).await.expect(201);
}

#[tokio::test]
async fn what_was_refunded_disputed_or_cost_nothing_is_refused() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let refunded = ada.buy(COURSE).await;
    app.refund(&refunded, &[]).await;
    ada.ask_for_refund(&refunded).await.expect_problem(409, "already_refunded");
    let disputed = ada.buy("fine-tuning").await;
    app.dispute(&disputed, "chargeback").await;
    ada.ask_for_refund(&disputed).await.expect_problem(409, "payment_disputed");

    app.create_promotion_code("GIFT", "100", &[]).await;
    let request = json!({"course_id": "ai-in-4-weekends", "promotion_code": "GIFT"});
    let checkout = ada.checkout_with(request).await;
    app.pay(&checkout, crate::support::cards::VALID_CARD).await;
    app.settle().await;
    let free = ada.payment(&checkout.session).await;
    assert_eq!((&free["amount"], &free["status"]), (&json!(0), &json!("paid")));
    ada.ask_for_refund(&checkout.session).await.expect_problem(409, "nothing_paid");
}

#[tokio::test]
async fn a_refund_in_stripes_dashboard_settles_an_open_request() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    ada.refund_request(&intent).await;
    app.refund(&intent, &[("amount", "100")]).await;
    assert_eq!(ada.request_status(&intent).await, "open", "a part is left");
    app.refund(&intent, &[]).await;
    assert_eq!(ada.request_status(&intent).await, "refunded");
}

#[tokio::test]
async fn an_id_leads_to_the_request_that_had_it_first() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.as_learner("ada").await, app.as_learner("bob").await);
    let intent = ada.buy(COURSE).await;
    ada.refund_request(&intent).await;
    let user = |learner: &Learner| UserId::parse(learner.user.to_string()).unwrap();
    let (store, context) = (app.store(), app.context());
    let request = store.refund_requests(&user(&ada)).await.unwrap().remove(0).value;
    assert!(!fulfil::create_refund_request(&context, &user(&bob), &request, store.now()).await.unwrap());
    assert_eq!(store.refund_requests(&user(&bob)).await.unwrap(), []);
    let (owner, found) = store.refund_request(&request.id).await.unwrap().unwrap();
    assert_eq!((owner, found.value), (user(&ada), request));
}
