//! Shows that a missing, expired, foreign or forged token is refused.

use jiff::Timestamp;
use local::identity::SigningKey;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::expected_responses::{ExpectedResponse, check_responses};

/// A token with Ada's claims after a change, signed by the identity provider.
fn changed_token(app: &TestApp, change: impl FnOnce(&mut local::identity::Claims)) -> String {
    let identity = app.stack.identity();
    let mut claims = identity.claims("ada@example.com", &[]).unwrap();
    change(&mut claims);
    identity.sign(&claims).unwrap()
}

#[tokio::test]
async fn a_missing_expired_foreign_or_forged_token_is_refused() {
    let app = TestApp::start().await;
    let now = Timestamp::now().as_second();
    let good = app.as_learner("ada").await.token;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let payload = head.split_once('.').unwrap().1;
    let forger = local::identity::IdentityProvider::new(
        &app.stack.identity().issuer,
        &app.stack.identity().audience,
        std::sync::Arc::new(SigningKey::generate().unwrap()),
    );
    let forged = forger.sign(&forger.claims("ada@example.com", &[]).unwrap()).unwrap();
    let set = |name: &'static str, value: Value| {
        changed_token(&app, move |claims| drop(claims.insert(name.to_owned(), value)))
    };
    let tokens = [
        ("an empty token", String::new()),
        ("not a token", "hello".to_owned()),
        ("three dots", "a.b.c".to_owned()),
        ("expired", set("exp", json!(now - 60))),
        ("not yet valid", set("nbf", json!(now + 3_600))),
        ("another audience", set("aud", json!("another-app"))),
        ("another issuer", set("iss", json!("https://issuer.example"))),
        ("without expiry", changed_token(&app, |claims| drop(claims.remove("exp")))),
        ("signed with another key", forged),
        ("unsigned (alg none)", format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")),
        ("a changed payload", format!("{head}x.{signature}")),
        ("a cut signature", good[..good.len() - 4].to_owned()),
    ];
    let before = app.rows_without_rates().await;
    let mut responses = Vec::new();
    for (name, token) in tokens {
        let learner = app.with_token(token);
        let response = learner.get(&format!("/courses/{COURSE}/access")).await;
        responses.push(ExpectedResponse { request: name.to_owned(), response, status: 401, code: "Unauthorized" });
        let response = learner.post("/checkout/sessions", json!({"course_id": COURSE})).await;
        responses.push(ExpectedResponse {
            request: format!("{name}, buying"),
            response,
            status: 401,
            code: "Unauthorized",
        });
    }
    let response = app.call_without_token(Method::GET, "/entitlements", None).await;
    responses.push(ExpectedResponse { request: "no header".to_owned(), response, status: 401, code: "Unauthorized" });
    check_responses(&responses, 25);
    assert_eq!(app.rows_without_rates().await, before);
    app.call_without_token(Method::GET, "/catalog", None).await.expect(200);
}
