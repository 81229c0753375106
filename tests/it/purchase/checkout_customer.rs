//! Shows which customer a checkout session is for, and what Stripe learns of the learner.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;

#[tokio::test]
async fn sessions_name_the_sale_and_the_learners_one_customer() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let session = async |course: &str| app.session_at_stripe(&ada.checkout(course).await.session).await;
    let (first, second) = (session(COURSE).await, session("fine-tuning").await);
    assert_eq!(first["customer"], second["customer"], "one customer per learner");
    assert_eq!(first["metadata"]["tuition_user"], json!(ada.user));
    assert_eq!(first["metadata"]["tuition_product"], COURSE);
    assert_eq!(first["metadata"]["tuition_app"], "tuition");
    let customer = first["customer"].as_str().unwrap();
    let owner = app.rows_of(&format!("STRIPE#{customer}"), "OWNER").await;
    assert_eq!(owner[0]["user"], json!(ada.user));
}

/// Ada with a token that has this e-mail address.
fn ada_with_email(app: &TestApp, email: &str, is_verified: bool) -> Learner {
    let mut claims = app.stack.identity().claims("ada@example.com", &[]).unwrap();
    claims.insert("email".to_owned(), json!(email));
    claims.insert("email_verified".to_owned(), json!(is_verified));
    let token = app.stack.identity().sign(&claims).unwrap();
    app.with_token(token)
}

#[tokio::test]
async fn an_email_address_is_sent_to_stripe_when_it_is_verified_and_again_when_it_changes() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let customer = async || app.stripe_list("/v1/customers", &[]).await.remove(0);

    ada_with_email(&app, "victim@example.com", false).checkout(COURSE).await;
    assert_eq!(customer().await["email"], Value::Null, "anybody can claim an address");
    ada_with_email(&app, "ada@example.com", true).checkout("fine-tuning").await;
    assert_eq!(customer().await["email"], "ada@example.com");
    ada_with_email(&app, "victim@example.com", false).checkout("ai-in-4-weekends").await;
    assert_eq!(customer().await["email"], "ada@example.com");

    let renamed = ada_with_email(&app, "ada@elsewhere.example", true);
    renamed.checkout("ai-engineer-track").await;
    assert_eq!(customer().await["email"], "ada@elsewhere.example");
    stripe.reset();
    renamed.checkout_with(json!({"plan_id": "premium"})).await;
    assert_eq!(stripe.calls(), ["POST /v1/checkout/sessions"], "an address is sent once");
}
