//! Deliveries to the webhook, as Stripe makes them.

use serde_json::Value;

use super::app::TestApp;
use super::response::TestResponse;

impl TestApp {
    /// Delivers an event, signed now.
    pub(crate) async fn deliver(&self, event: &Value) -> TestResponse {
        self.deliver_bytes(event.to_string().as_bytes()).await
    }

    /// Delivers a body, signed now.
    pub(crate) async fn deliver_bytes(&self, payload: &[u8]) -> TestResponse {
        let signature = shared::stripe::sign(self.stack.webhook_secret(), payload, self.stack.clock().now());
        self.deliver_signed(payload, Some(&signature)).await
    }

    /// Delivers a body with this signature, or without one.
    pub(crate) async fn deliver_signed(&self, payload: &[u8], signature: Option<&str>) -> TestResponse {
        let url = format!("{}/", self.stack.urls().webhook);
        let request = self.http.post(url).header("content-type", "application/json; charset=utf-8");
        let request = match signature {
            Some(signature) => request.header("stripe-signature", signature),
            None => request,
        };
        TestResponse::read(request.body(payload.to_vec()).send().await.unwrap()).await
    }
}
