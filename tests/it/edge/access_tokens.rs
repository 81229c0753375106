//! Shows that every route works with an access token, which has no e-mail address and names its client instead of an audience.

use std::collections::BTreeSet;

use local::CHATGPT_CLIENT;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::http::route::{Auth, Route};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, RESUME, SUBSCRIPTION, plus, premium};
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::learning::{FREE_COURSE, FREE_STEPS};
use crate::support::payment_intents::PAYMENT_INTENTS;

/// The routes of the API that ask for a token.
fn signed_in_routes() -> BTreeSet<String> {
    fn keys<S>(routes: Vec<Route<S>>) -> impl Iterator<Item = String> {
        let signed_in = routes.into_iter().filter(|route| route.spec.auth == Auth::SignedIn);
        signed_in.map(|route| route.spec.key())
    }
    let of_learners = keys(billing::routes()).chain(keys(checkout::routes()));
    of_learners
        .chain(keys(courses::routes()))
        .chain(keys(entitlements::routes()))
        .chain(keys(referrals::routes()))
        .collect()
}

#[tokio::test]
async fn every_route_works_with_an_access_token() {
    let app = TestApp::start().await;
    let ada = app.as_learner_in_chatgpt("ada").await;
    let bought = ada.checkout(COURSE).await;
    assert_eq!(app.pay(&bought, VALID_CARD).await, StatusCode::SEE_OTHER);
    ada.subscribe(premium()).await;
    ada.complete(FREE_COURSE, &FREE_STEPS).await;
    let session = format!("/checkout/sessions/{}", bought.session);
    let intent = app.payment_intent_of(&bought.session).await;
    let payment = format!("{PAYMENT_INTENTS}/{intent}");
    let (paid, requests) =
        (format!("/billing/payments/{intent}"), format!("/billing/payments/{intent}/refund-requests"));
    app.settle().await;
    let request = ada.refund_request(&intent).await;
    let withdrawn = format!("/billing/refund-requests/{request}");
    let calls: [(&str, &str, Value); 29] = [
        ("POST /checkout/sessions", "/checkout/sessions", json!({"course_id": "fine-tuning"})),
        ("GET /checkout/sessions/{id}", &session, Value::Null),
        ("POST /checkout/payment-intents", PAYMENT_INTENTS, json!({"course_id": "ai-engineer-track"})),
        ("GET /checkout/payment-intents/{id}", &payment, Value::Null),
        ("GET /courses", "/courses", Value::Null),
        ("GET /courses/{id}", "/courses/vector-search", Value::Null),
        ("GET /courses/{id}/access", "/courses/vector-search/access", Value::Null),
        ("POST /courses/{id}/steps/{step}/complete", "/courses/prompting-basics/steps/context/complete", Value::Null),
        ("GET /enrollments", "/enrollments", Value::Null),
        ("DELETE /courses/{id}/steps/{step}/complete", "/courses/prompting-basics/steps/context/complete", Value::Null),
        ("POST /courses/{id}/certificate", "/courses/prompting-basics/certificate", json!({"name": "Ada"})),
        ("GET /referrals", "/referrals", Value::Null),
        ("GET /referrals/history", "/referrals/history", Value::Null),
        ("GET /entitlements", "/entitlements", Value::Null),
        ("GET /entitlements/{product}", "/entitlements/premium", Value::Null),
        ("GET /usage", "/usage", Value::Null),
        ("POST /usage/{meter}", "/usage/ai_minutes", json!({"quantity": 1})),
        ("GET /billing/subscription", SUBSCRIPTION, Value::Null),
        ("POST /billing/subscription/change/preview", PREVIEW, plus()),
        ("POST /billing/subscription/change", CHANGE, plus()),
        ("POST /billing/subscription/cancel", CANCEL, json!({})),
        ("POST /billing/subscription/resume", RESUME, json!({})),
        ("POST /billing/portal", "/billing/portal", json!({})),
        ("GET /billing/invoices", "/billing/invoices", Value::Null),
        ("GET /billing/payments", "/billing/payments", Value::Null),
        ("GET /billing/payments/{id}", &paid, Value::Null),
        ("GET /billing/refund-requests", "/billing/refund-requests", Value::Null),
        ("DELETE /billing/refund-requests/{id}", &withdrawn, Value::Null),
        ("POST /billing/payments/{id}/refund-requests", &requests, json!({"reason": "It is not for me."})),
    ];
    assert_eq!(calls.iter().map(|(route, ..)| (*route).to_owned()).collect::<BTreeSet<_>>(), signed_in_routes());
    for (route, path, body) in calls {
        let method: Method = route.split(' ').next().unwrap().parse().unwrap();
        let answer = ada.call(method, path, (!body.is_null()).then(|| body.to_string())).await;
        assert!(answer.status.is_success(), "{route}: {} {}", answer.status, answer.body);
    }
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn stripe_asks_for_the_address_that_an_access_token_lacks_and_a_later_sign_in_has_it() {
    let app = TestApp::start().await;
    let (in_chatgpt, on_the_web) = (app.as_learner_in_chatgpt("grace").await, app.as_learner("grace").await);
    let email = async || app.stripe_list("/v1/customers", &[]).await[0]["email"].clone();

    let checkout = in_chatgpt.checkout_with(premium()).await;
    assert_eq!(email().await, Value::Null);
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(email().await, "ada@example.com", "what was typed on the payment page");

    // The same learner, whichever token names them.
    assert_eq!(on_the_web.subscription().await["plan"], "premium");
    on_the_web.checkout(COURSE).await;
    assert_eq!(email().await, "grace@example.com");
    in_chatgpt.checkout("fine-tuning").await;
    assert_eq!(email().await, "grace@example.com", "a token without an address takes none away");
    assert_eq!(app.stripe_list("/v1/customers", &[]).await.len(), 1);
}

#[tokio::test]
async fn an_access_token_of_another_client_is_refused() {
    let app = TestApp::start().await;
    let identity = app.stack.identity();
    let status_for = async |client: &str| {
        let claims = identity.for_client(client).access_claims("ada@example.com", &[]).unwrap();
        app.with_token(identity.sign(&claims).unwrap()).get("/usage").await.status.as_u16()
    };
    assert_eq!((status_for(CHATGPT_CLIENT).await, status_for("another-client").await), (200, 401));
}
