//! Shows who gets a certificate, what everybody may read of it, and when it is revoked.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, premium};
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;
use crate::support::learning::{FREE_COURSE, FREE_STEPS};

const CURRICULUM: &str = "ai-in-4-weekends";
const STEPS: [&str; 9] =
    ["setup", "first-call", "structured-output", "embeddings", "retrieval", "tools", "agents", "evaluate", "launch"];

/// What everybody sees of the certificate.
async fn public(app: &TestApp, certificate: &Value) -> Value {
    let path = format!("/certificates/{}", certificate["id"].as_str().unwrap());
    app.call_without_token(Method::GET, &path, None).await.expect(200)
}

async fn complete_curriculum(learner: &Learner) -> Value {
    learner.complete(CURRICULUM, &STEPS).await;
    learner.ask_for_certificate(CURRICULUM, "Ada Lovelace").await.expect(201)
}

#[tokio::test]
async fn a_completed_course_has_one_certificate_that_everybody_may_read() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let completed = ada.complete(FREE_COURSE, &FREE_STEPS).await;
    assert_eq!(completed["certificate_id"], Value::Null);
    let certificate = ada.ask_for_certificate(FREE_COURSE, "  Ada Lovelace ").await.expect(201);
    let id = certificate["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("cert_") && id.len() == 37, "128 bits that nobody guesses: {id}");
    let expected = json!({
        "id": id,
        "name": "Ada Lovelace",
        "course_id": FREE_COURSE,
        "course_title": "Prompting Basics",
        "completed_on": completed["completed_at"].as_str().unwrap()[..10],
        "status": "valid",
    });
    assert_eq!(certificate, expected);
    assert_eq!(public(&app, &certificate).await, expected, "and nothing else about the learner");
    assert_eq!(ada.course(FREE_COURSE).await["enrollment"]["certificate_id"], id);

    let rows = app.rows().await;
    assert_eq!(ada.ask_for_certificate(FREE_COURSE, "Ada Lovelace").await.expect(200), expected);
    assert_eq!(app.rows().await, rows, "asking again writes nothing");
    let corrected = ada.ask_for_certificate(FREE_COURSE, "Augusta Ada King").await.expect(200);
    assert_eq!((&corrected["id"], &corrected["name"]), (&json!(id), &json!("Augusta Ada King")));
    assert_eq!(public(&app, &certificate).await, corrected);
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_requests_get_the_same_certificate() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.complete(FREE_COURSE, &FREE_STEPS).await;
    let requests = (0..8).map(|_| ada.ask_for_certificate(FREE_COURSE, "Ada"));
    let answers = futures_util::future::join_all(requests).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1);
    assert!(answers.iter().all(|answer| answer.body["id"] == answers[0].body["id"]));
    assert_eq!(app.rows_of("CERTIFICATE#", "").await.len(), 1);
}

#[tokio::test]
async fn only_a_completed_course_that_has_certificates_gives_one() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let ask = async |course: &str| ada.ask_for_certificate(course, "Ada").await;
    ask(FREE_COURSE).await.expect_problem(409, "not_completed");
    ada.complete(FREE_COURSE, &FREE_STEPS[1..]).await;
    ask(FREE_COURSE).await.expect_problem(409, "not_completed");
    ask(CURRICULUM).await.expect_problem(409, "not_completed");
    ask(COURSE).await.expect_problem(404, "not_found");
    ask("unheard-of").await.expect_problem(404, "not_found");
    assert_eq!(app.rows_of("CERTIFICATE#", "").await, [] as [Value; 0]);
    for path in [
        "/certificates/cert_00000000000000000000000000000000",
        "/certificates/x",
        "/certificates/%20",
        "/certificates/a%23b",
    ] {
        app.call_without_token(Method::GET, path, None).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_name_has_1_to_100_characters_without_control_characters() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.complete(FREE_COURSE, &FREE_STEPS).await;
    let path = format!("/courses/{FREE_COURSE}/certificate");
    let long = "x".repeat(101);
    for name in [json!(""), json!("   "), json!("Ada\nLovelace"), json!("\u{0}"), json!(long), json!(7), Value::Null] {
        let answer = ada.post(&path, json!({"name": name})).await;
        answer.expect_problem(400, "invalid_field");
        assert_eq!(answer.body["field"], "name", "{name}");
    }
    ada.post(&path, json!({})).await.expect_problem(400, "invalid_field");
    ada.post(&path, json!({"name": "Ada", "course": "x"})).await.expect_problem(400, "invalid_field");
    ada.call(Method::POST, &path, None).await.expect_problem(400, "body_missing");
    let longest = "é".repeat(100);
    assert_eq!(ada.ask_for_certificate(FREE_COURSE, &longest).await.expect(201)["name"], json!(longest));
}

#[tokio::test]
async fn a_certificate_is_revoked_while_the_money_is_not_there() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(CURRICULUM).await;
    let certificate = complete_curriculum(&ada).await;
    app.refund(&intent, &[("amount", "100")]).await;
    assert_eq!(public(&app, &certificate).await["status"], "valid", "a part of it");
    let rest = app.refund(&intent, &[]).await;
    let revoked = public(&app, &certificate).await;
    assert_eq!((&revoked["status"], &revoked["name"]), (&json!("revoked"), &json!("Ada Lovelace")));
    let refused = ada.ask_for_certificate(CURRICULUM, "Ada").await;
    refused.expect_problem(403, "no_access");
    assert_eq!(refused.body["because"]["reason"], "refunded");
    app.test_action(&format!("refunds/{rest}/fail")).await;
    app.settle().await;
    assert_eq!(public(&app, &certificate).await["status"], "valid", "the refund failed");

    let dispute = app.dispute(&intent, "chargeback").await;
    assert_eq!(public(&app, &certificate).await["status"], "revoked");
    app.test_action(&format!("disputes/{dispute}/won")).await;
    app.settle().await;
    assert_eq!(public(&app, &certificate).await["status"], "valid", "the dispute was won");
}

#[tokio::test]
async fn a_certificate_outlives_the_plan_that_it_was_earned_with() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.complete(CURRICULUM, &STEPS).await;
    ada.post(CANCEL, json!({"immediately": true})).await.expect(200);
    app.settle().await;
    assert_eq!(ada.access(CURRICULUM).await["has_access"], false);
    let certificate = ada.ask_for_certificate(CURRICULUM, "Ada").await.expect(201);
    assert_eq!(public(&app, &certificate).await["status"], "valid");
}
