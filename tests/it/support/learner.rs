//! A learner who is signed in, as a client of the API.

use std::borrow::Borrow;

use local::CHATGPT_CLIENT;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::app::TestApp;
use super::billing::{CHANGE, SUBSCRIPTION, premium};
use super::cards::VALID_CARD;
use super::hosted_page::Checkout;
use super::response::TestResponse;

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Learner {
    pub(super) app: TestApp,
    pub(crate) token: String,
    pub(crate) user: String,
}

impl TestApp {
    /// Signs in as `<name>@example.com`.
    pub(crate) async fn as_learner(&self, name: &str) -> Learner {
        self.sign_in(name, json!({}), "id_token").await
    }

    /// Signs in as `<name>@example.com` in a GPT. It sends the access token, which has no e-mail address.
    pub(crate) async fn as_learner_in_chatgpt(&self, name: &str) -> Learner {
        self.sign_in(name, json!({"client_id": CHATGPT_CLIENT}), "access_token").await
    }

    pub(super) async fn sign_in(&self, name: &str, mut request: Value, kind: &str) -> Learner {
        let email = format!("{name}@example.com");
        request["email"] = json!(email);
        let url = format!("{}/token", self.stack.urls().identity);
        let answer = TestResponse::read(self.http.post(url).json(&request).send().await.unwrap()).await;
        let token = answer.expect(200)[kind].as_str().unwrap().to_owned();
        let claims = self.stack.identity().claims(&email, &[]).unwrap();
        Learner { app: self.clone(), token, user: claims["sub"].as_str().unwrap().to_owned() }
    }

    /// A client that sends this token, whatever it is.
    pub(crate) fn with_token(&self, token: String) -> Learner {
        Learner { app: self.clone(), token, user: String::new() }
    }
}

impl Learner {
    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Borrow<Value>) -> TestResponse {
        self.call(Method::POST, path, Some(body.borrow().to_string())).await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<String>) -> TestResponse {
        let request = self.app.http.request(method, format!("{}{path}", self.app.stack.urls().api));
        let mut request = request.bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        TestResponse::read(request.send().await.unwrap()).await
    }

    /// The answer of `GET /courses/{id}/access`.
    pub(crate) async fn access(&self, course: &str) -> Value {
        self.get(&format!("/courses/{course}/access")).await.expect(200)
    }

    /// `purchased`, `not_purchased`, `refunded`, ..: the reason, checked against `has_access`.
    pub(crate) async fn access_reason(&self, course: &str) -> String {
        let access = self.access(course).await;
        let reason = access["because"]["reason"].as_str().unwrap().to_owned();
        let opens = ["purchased", "free_course", "granted", "subscribed"].contains(&reason.as_str());
        assert_eq!(access["has_access"], json!(opens), "{access}");
        reason
    }

    /// Begins a checkout of the course.
    pub(crate) async fn checkout(&self, course: &str) -> Checkout {
        self.checkout_with(json!({"course_id": course})).await
    }

    /// Begins a checkout of whatever the request names.
    pub(crate) async fn checkout_with(&self, request: impl Borrow<Value>) -> Checkout {
        let answer = self.post("/checkout/sessions", request).await;
        assert!(answer.status.is_success(), "{}", answer.body);
        Checkout::of_answer(&answer.body)
    }

    /// What the page shows to which Stripe sends the learner back.
    pub(crate) async fn return_page(&self, session: &str) -> TestResponse {
        self.get(&format!("/checkout/sessions/{session}")).await
    }

    /// Buys the course by card and waits until every webhook was delivered. Returns the payment intent.
    pub(crate) async fn buy(&self, course: &str) -> String {
        let checkout = self.checkout(course).await;
        assert_eq!(self.app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
        self.app.settle().await;
        self.app.payment_intent_of(&checkout.session).await
    }

    /// Buys a bundle by card and waits until every webhook was delivered.
    pub(crate) async fn buy_bundle(&self, product: &str) {
        let catalog = self.get("/catalog").await.expect(200);
        let bundle = catalog["products"].as_array().unwrap().iter().find(|one| one["id"] == product).unwrap();
        let request = json!({"price_id": bundle["prices"][0]["price_id"]});
        let checkout = Checkout::of_answer(&self.post("/checkout/sessions", request).await.expect(201));
        assert_eq!(self.app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
        self.app.settle().await;
    }

    /// Pays for the course by card while webhooks are held. Returns the payment intent, and the event
    /// `checkout.session.completed`.
    pub(crate) async fn buy_without_webhooks(&self, course: &str) -> (String, Value) {
        let checkout = self.checkout(course).await;
        assert_eq!(self.app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
        let intent = self.app.payment_intent_of(&checkout.session).await;
        (intent, self.app.event_about("checkout.session.completed", &checkout.session).await)
    }

    /// Subscribes by card to what the request names, and waits until every webhook was delivered. Returns the
    /// subscription.
    pub(crate) async fn subscribe(&self, request: impl Borrow<Value>) -> String {
        let checkout = self.checkout_with(request).await;
        assert_eq!(self.app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
        self.app.settle().await;
        self.app.subscription_of(&checkout).await
    }

    /// Subscribes to Premium by card while webhooks are held. Returns the subscription and its first payment intent.
    pub(crate) async fn subscribe_without_webhooks(&self) -> (String, String) {
        let checkout = self.checkout_with(premium()).await;
        assert_eq!(self.app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
        let intent = self.app.last_payment_intent("payment_intent.succeeded").await;
        (self.app.subscription_of(&checkout).await, intent)
    }

    /// Subscribes by bank debit, which is being processed then. Returns the payment intent.
    pub(crate) async fn subscribe_by_debit(&self, request: impl Borrow<Value>) -> String {
        let checkout = self.checkout_with(request).await;
        assert_eq!(self.app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
        self.app.settle().await;
        self.app.last_payment_intent("payment_intent.processing").await
    }

    /// The answer of `GET /billing/subscription`.
    pub(crate) async fn subscription(&self) -> Value {
        self.get(SUBSCRIPTION).await.expect(200)
    }

    /// Changes the plan or the interval of the subscription.
    pub(crate) async fn change_plan(&self, request: impl Borrow<Value>) -> Value {
        self.post(CHANGE, request).await.expect(200)
    }

    /// Every transition that was ever written for the learner, in order.
    pub(crate) async fn transitions(&self) -> Vec<Value> {
        let entries = self.app.rows_of(&format!("USER#{}", self.user), "AUDIT#").await;
        entries.iter().flat_map(|entry| entry["effects"].as_array().unwrap().clone()).collect()
    }
}
