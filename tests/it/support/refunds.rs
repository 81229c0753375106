//! Refund requests: who asks, and who decides.

use reqwest::Method;
use serde_json::{Value, json};

use super::app::TestApp;
use super::learner::Learner;
use super::response::TestResponse;

impl TestApp {
    /// Signs in as `<name>@example.com`, who is an operator.
    pub(crate) async fn as_operator(&self, name: &str) -> Learner {
        self.as_member_of(name, &["staff", "admin"]).await
    }

    /// Signs in as `<name>@example.com`, who is a member of these groups.
    pub(crate) async fn as_member_of(&self, name: &str, groups: &[&str]) -> Learner {
        self.sign_in(name, json!({"groups": groups}), "id_token").await
    }

    /// The refunds of a payment at Stripe.
    pub(crate) async fn refunds_at_stripe(&self, intent: &str) -> Vec<Value> {
        self.stripe_list("/v1/refunds", &[("payment_intent", intent), ("limit", "100")]).await
    }
}

impl Learner {
    /// Every payment, as the list shows it.
    pub(crate) async fn payments(&self) -> Vec<Value> {
        self.get("/billing/payments").await.expect(200)["items"].as_array().unwrap().clone()
    }

    /// A payment, as the list shows it.
    pub(crate) async fn payment(&self, id: &str) -> Value {
        self.payments().await.into_iter().find(|payment| payment["id"] == id).expect("the payment")
    }

    /// Asks for a refund.
    pub(crate) async fn ask_for_refund(&self, payment: &str) -> TestResponse {
        let path = format!("/billing/payments/{payment}/refund-requests");
        self.post(&path, json!({"reason": "It is not what I expected."})).await
    }

    /// Asks for a refund, and returns the request's id.
    pub(crate) async fn refund_request(&self, payment: &str) -> String {
        self.ask_for_refund(payment).await.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// Where the last request of a payment stands.
    pub(crate) async fn request_status(&self, payment: &str) -> Value {
        self.payment(payment).await["refund_request"]["status"].clone()
    }

    /// Withdraws a request.
    pub(crate) async fn withdraw(&self, request: &str) -> TestResponse {
        self.call(Method::DELETE, &format!("/billing/refund-requests/{request}"), None).await
    }

    /// Approves a request, as an operator.
    pub(crate) async fn approve(&self, request: &str, body: Value) -> TestResponse {
        self.post(&format!("/admin/refund-requests/{request}/approve"), body).await
    }

    /// Rejects a request, as an operator.
    pub(crate) async fn reject(&self, request: &str, note: &str) -> TestResponse {
        self.post(&format!("/admin/refund-requests/{request}/reject"), json!({"note": note})).await
    }

    /// The ids of the requests with a status, as an operator sees them.
    pub(crate) async fn requests_with(&self, status: &str) -> Vec<String> {
        let page = self.get(&format!("/admin/refund-requests?status={status}")).await.expect(200);
        let id = |request: &Value| request["id"].as_str().unwrap().to_owned();
        page["items"].as_array().unwrap().iter().map(id).collect()
    }
}
