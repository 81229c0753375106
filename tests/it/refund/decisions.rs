//! Shows what operators decide, and that access follows from the refund.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::{COURSE, PRICE_USD};

#[tokio::test]
async fn an_approved_request_is_refunded_and_closes_the_course() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    assert_eq!(olga.requests_with("open").await, std::slice::from_ref(&request));

    app.hold_webhooks();
    let approved = olga.approve(&request, json!({"note": "Sorry to see you go."})).await.expect(200);
    assert_eq!((&approved["status"], &approved["approved_amount"]), (&json!("approved"), &json!(PRICE_USD)));
    assert_eq!((&approved["user_id"], &approved["approval"]["approved_by"]), (&json!(ada.user), &json!(olga.user)));
    assert_eq!(ada.access_reason(COURSE).await, "purchased", "access follows from the refund's own event");
    assert_eq!(ada.request_status(&intent).await, "approved");

    app.release_webhooks();
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
    let payment = ada.payment(&intent).await;
    let shown = &payment["refund_request"];
    assert_eq!((&shown["status"], &shown["note"]), (&json!("refunded"), &json!("Sorry to see you go.")));
    assert_eq!(
        (olga.requests_with("open").await, olga.requests_with("refunded").await),
        (vec![], vec![request.clone()])
    );
    let refunds = app.refunds_at_stripe(&intent).await;
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0]["metadata"]["tuition_refund_request"], request);

    let changes = ada.transitions().await;
    let changes: Vec<_> = changes.iter().filter(|change| change["effect"] == "refund_request_status_changed").collect();
    let found: Vec<_> = changes.iter().map(|change| (&change["to"], &change["by"])).collect();
    let operator = json!({"operator": olga.user});
    let (open, approved, refunded) = (json!("open"), json!("approved"), json!("refunded"));
    let expected = [(&open, &json!("learner")), (&approved, &operator), (&refunded, &json!("stripe"))];
    assert_eq!(found, expected, "the audit names the operator");
}

#[tokio::test]
async fn a_part_is_refunded_and_the_rest_can_be_asked_for_again() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let first = ada.refund_request(&intent).await;
    olga.approve(&first, json!({"amount": 1_000})).await.expect(200);
    app.settle().await;
    let payment = ada.payment(&intent).await;
    assert_eq!((&payment["status"], &payment["refunded_amount"]), (&json!("partially_refunded"), &json!(1_000)));
    assert_eq!(payment["refund_request"]["status"], "refunded");
    assert_eq!(ada.access_reason(COURSE).await, "purchased");

    let second = ada.refund_request(&intent).await;
    let refused = olga.approve(&second, json!({"amount": PRICE_USD})).await;
    refused.expect_problem(409, "amount_too_large");
    assert_eq!(refused.body["refundable_amount"], PRICE_USD - 1_000);
    assert_eq!(ada.request_status(&intent).await, "open");
    olga.approve(&second, json!({})).await.expect(200);
    app.settle().await;
    assert_eq!(ada.payment(&intent).await["status"], "refunded");
}

#[tokio::test]
async fn a_rejected_request_says_why_and_refunds_nothing() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    let rejected = olga.reject(&request, "You have used it for a year.").await.expect(200);
    assert_eq!((&rejected["status"], &rejected["rejected_by"]), (&json!("rejected"), &json!(olga.user)));
    assert_eq!(olga.reject(&request, "Another reason.").await.expect(200), rejected, "again changes nothing");
    let shown = ada.payment(&intent).await["refund_request"].clone();
    assert_eq!((&shown["status"], &shown["note"]), (&json!("rejected"), &json!("You have used it for a year.")));
    let refused = olga.approve(&request, json!({})).await;
    refused.expect_problem(409, "refund_request_closed");
    assert_eq!(refused.body["refund_request_status"], "rejected");
    assert_eq!(app.refunds_at_stripe(&intent).await, Vec::<Value>::new());
    ada.refund_request(&intent).await;
}

#[tokio::test]
async fn what_is_decided_cannot_be_withdrawn_and_what_is_withdrawn_cannot_be_decided() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let withdrawn = ada.refund_request(&intent).await;
    ada.withdraw(&withdrawn).await.expect(200);
    olga.approve(&withdrawn, json!({})).await.expect_problem(409, "refund_request_closed");
    olga.reject(&withdrawn, "No.").await.expect_problem(409, "refund_request_closed");
    let approved = ada.refund_request(&intent).await;
    olga.approve(&approved, json!({})).await.expect(200);
    ada.withdraw(&approved).await.expect_problem(409, "refund_request_closed");
    olga.reject(&approved, "No.").await.expect_problem(409, "refund_request_closed");
}

#[tokio::test]
async fn a_second_click_and_two_operators_at_once_make_one_refund() {
    let app = TestApp::start().await;
    let (ada, olga, otto) = (app.as_learner("ada").await, app.as_operator("olga").await, app.as_operator("otto").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    let at_once = [&olga, &otto, &olga, &otto];
    let answers = join_all(at_once.map(|one| one.approve(&request, json!({"amount": 1_000})))).await;
    for answer in answers {
        assert_eq!(answer.expect(200)["approved_amount"], 1_000);
    }
    app.settle().await;
    let again = otto.approve(&request, json!({"amount": 2_000})).await.expect(200);
    assert_eq!((&again["status"], &again["approved_amount"]), (&json!("refunded"), &json!(1_000)));
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 1);
    assert_eq!(ada.payment(&intent).await["refunded_amount"], 1_000);
}

#[tokio::test]
async fn a_refund_that_fails_later_is_an_operators_task_again() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    olga.approve(&request, json!({})).await.expect(200);
    app.settle().await;
    let failed = app.refunds_at_stripe(&intent).await[0]["id"].as_str().unwrap().to_owned();
    app.test_action(&format!("refunds/{failed}/fail")).await;
    assert_eq!(ada.request_status(&intent).await, "refund_failed");
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(olga.requests_with("refund_failed").await, std::slice::from_ref(&request));
    ada.ask_for_refund(&intent).await.expect_problem(409, "refund_requested");

    let again = olga.approve(&request, json!({})).await.expect(200);
    assert_eq!((&again["status"], &again["approval"]["attempt"]), (&json!("approved"), &json!(2)));
    app.settle().await;
    assert_eq!(ada.request_status(&intent).await, "refunded");
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 2);
}

#[tokio::test]
async fn a_disputed_payment_is_not_refunded() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    app.dispute(&intent, "chargeback").await;
    olga.approve(&request, json!({})).await.expect_problem(409, "payment_disputed");
    assert_eq!(ada.request_status(&intent).await, "open");
}

#[tokio::test]
async fn a_request_whose_payment_went_back_in_the_dashboard_is_settled_by_approving_it() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    app.hold_webhooks();
    app.stripe_post("/v1/refunds", &[("payment_intent", &intent)]).await;
    assert_eq!(olga.approve(&request, json!({})).await.expect(200)["status"], "refunded");
    let changes = ada.transitions().await;
    let settled = changes.iter().find(|change| change["to"] == "refunded").unwrap();
    assert_eq!(settled["by"]["operator"], json!(olga.user), "the audit names who decided");
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 1);
    app.release_webhooks();
    app.settle().await;
    assert_eq!(ada.request_status(&intent).await, "refunded");
}

#[tokio::test]
async fn an_operator_sees_the_payment_access_and_progress_beside_a_request() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    ada.complete(COURSE, &["chunking"]).await;
    let request = ada.refund_request(&intent).await;
    let shown = olga.get(&format!("/admin/refund-requests/{request}")).await.expect(200);
    assert_eq!((&shown["id"], &shown["user_id"]), (&json!(request), &json!(ada.user)));
    assert_eq!(shown["email"], "ada@example.com");
    assert_eq!(shown["payment"]["id"], intent);
    let course = &shown["courses"][0];
    assert_eq!((&course["course_id"], &course["access"]["has_access"]), (&json!(COURSE), &json!(true)));
    assert_eq!((&course["percent"], &course["has_certificate"]), (&shown["progress_percent"], &json!(false)));
    assert_ne!(course["percent"], 0);
}

/// The metadata of such a refund is ours, and names no learner.
#[tokio::test]
async fn an_approved_refund_is_applied_when_the_table_does_not_know_whose_payment_it_is() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    app.delete_row(&format!("STRIPE#{intent}"), "OWNER").await;
    olga.approve(&request, json!({})).await.expect(200);
    app.settle().await;
    assert_eq!(app.failures().await, []);
    assert_eq!(ada.request_status(&intent).await, "refunded");
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
}
