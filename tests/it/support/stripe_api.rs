//! Requests to Stripe's API, past our own functions.

use reqwest::Method;
use serde_json::Value;

use super::app::TestApp;
use super::response::TestResponse;

impl TestApp {
    pub(crate) async fn stripe_request(&self, method: Method, path: &str, form: &[(&str, &str)]) -> TestResponse {
        let request = self.http.request(method.clone(), format!("{}{path}", self.stack.urls().stripe));
        let request = request.bearer_auth(self.stack.stripe_key());
        let request = if method == Method::GET { request.query(form) } else { request.form(form) };
        TestResponse::read(request.send().await.unwrap()).await
    }

    /// The object at this path.
    pub(crate) async fn stripe_get(&self, path: &str) -> Value {
        self.stripe_request(Method::GET, path, &[]).await.expect(200)
    }

    /// The objects of a list that match the query, the newest first.
    pub(crate) async fn stripe_list(&self, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
        self.stripe_request(Method::GET, path, query).await.expect(200)["data"].as_array().unwrap().clone()
    }

    /// Creates or changes an object.
    pub(crate) async fn stripe_post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.stripe_request(Method::POST, path, form).await.expect(200)
    }

    pub(crate) async fn stripe_delete(&self, path: &str) -> Value {
        self.stripe_request(Method::DELETE, path, &[]).await.expect(200)
    }

    /// The price with this lookup key.
    pub(crate) async fn price_at_stripe(&self, lookup_key: &str) -> Value {
        self.stripe_list("/v1/prices", &[("lookup_keys[0]", lookup_key)]).await.remove(0)
    }

    /// Uses one of the stand-in's test actions, as its dashboard does, and waits until every webhook was delivered:
    /// `refunds/re_1/fail`, `disputes/dp_1/won`, `bank_debits/pi_1/succeed`.
    pub(crate) async fn test_action(&self, action: &str) {
        let answer = self.stripe_request(Method::POST, &format!("/_stand_in/{action}"), &[]).await;
        assert!(answer.status.is_success() || answer.status.is_redirection(), "{action}: {}", answer.body);
        self.settle().await;
    }
}
