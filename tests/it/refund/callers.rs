//! Shows who may call the routes of payments and refund requests: nobody without a token, nobody for another learner, and
//! operators' routes only operators.

use reqwest::Method;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;

/// Every route, with a request for it.
fn routes(payment: &str, request: &str) -> [(Method, String, Option<&'static str>); 9] {
    let (reason, note) = (r#"{"reason":"a"}"#, r#"{"note":"a"}"#);
    [
        (Method::GET, "/billing/payments".to_owned(), None),
        (Method::GET, format!("/billing/payments/{payment}"), None),
        (Method::POST, format!("/billing/payments/{payment}/refund-requests"), Some(reason)),
        (Method::GET, "/billing/refund-requests".to_owned(), None),
        (Method::DELETE, format!("/billing/refund-requests/{request}"), None),
        (Method::GET, "/admin/refund-requests".to_owned(), None),
        (Method::GET, format!("/admin/refund-requests/{request}"), None),
        (Method::POST, format!("/admin/refund-requests/{request}/approve"), Some("{}")),
        (Method::POST, format!("/admin/refund-requests/{request}/reject"), Some(note)),
    ]
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_and_a_learner_is_no_operator() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    for (method, path, body) in routes(&intent, &request) {
        let answer = app.call_without_token(method.clone(), &path, body.map(str::to_owned)).await;
        assert_eq!(answer.status, 401, "{method} {path}");
        if path.starts_with("/admin") {
            for groups in [&[][..], &["administrators"], &["staff"]] {
                let member = app.as_member_of("ada", groups).await;
                let answer = member.call(method.clone(), &path, body.map(str::to_owned)).await;
                answer.expect_problem(403, "forbidden");
            }
        }
    }
    assert_eq!(ada.request_status(&intent).await, "open");
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 0);
}

#[tokio::test]
async fn another_learner_finds_nothing() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    for (method, path, body) in routes(&intent, &request).into_iter().take(5) {
        let answer = grace.call(method.clone(), &path, body.map(str::to_owned)).await;
        if path.contains(&intent) || path.contains(&request) {
            answer.expect_problem(404, "not_found");
        } else {
            assert_eq!(answer.expect(200)["items"], json!([]), "{method} {path}");
        }
    }
    assert_eq!(ada.request_status(&intent).await, "open");
}

#[tokio::test]
async fn an_operator_is_told_what_is_wrong_with_a_request() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let request = ada.refund_request(&ada.buy(COURSE).await).await;
    for amount in [0, -1] {
        olga.approve(&request, json!({"amount": amount})).await.expect_problem(400, "invalid_amount");
    }
    olga.approve(&request, json!({"amount": 1.5})).await.expect_problem(400, "invalid_field");
    olga.approve(&request, json!({"note": " "})).await.expect_problem(400, "invalid_note");
    olga.reject(&request, "").await.expect_problem(400, "invalid_note");
    olga.reject(&request, &"a".repeat(2_001)).await.expect_problem(400, "invalid_note");
    olga.get("/admin/refund-requests?status=new").await.expect_problem(400, "invalid_status");
    for unknown in ["rr_unknown", "%23"] {
        olga.get(&format!("/admin/refund-requests/{unknown}")).await.expect_problem(404, "not_found");
        olga.approve(unknown, json!({})).await.expect_problem(404, "not_found");
        olga.reject(unknown, "No.").await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn pages_of_requests_follow_each_other_the_oldest_first() {
    let app = TestApp::start().await;
    let olga = app.as_operator("olga").await;
    let mut made = Vec::new();
    for name in ["ada", "grace", "edsger"] {
        let learner = app.as_learner(name).await;
        made.push(learner.refund_request(&learner.buy(COURSE).await).await);
    }
    let first = olga.get("/admin/refund-requests?status=open&limit=2").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = olga.get(&format!("/admin/refund-requests?limit=2&cursor={cursor}")).await.expect(200);
    let pages = [first["items"].as_array().unwrap().clone(), second["items"].as_array().unwrap().clone()];
    assert_eq!(pages.concat().iter().map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>(), made);
    assert!(second["next_cursor"].is_null());
}
