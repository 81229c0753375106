//! Meters, as another backend uses them for a learner.

use serde_json::{Value, json};

use super::learner::Learner;
use super::response::TestResponse;

impl Learner {
    /// Uses so much of a meter.
    pub(crate) async fn consume(&self, meter: &str, quantity: u64) -> TestResponse {
        self.post(&format!("/usage/{meter}"), json!({"quantity": quantity})).await
    }

    /// Uses so much of a meter under an idempotency key.
    pub(crate) async fn consume_with_key(&self, meter: &str, quantity: u64, key: &[u8]) -> TestResponse {
        let url = format!("{}/usage/{meter}", self.app.stack.urls().api);
        let request = self.app.http.post(url).bearer_auth(&self.token);
        let request = request.header("idempotency-key", key).json(&json!({"quantity": quantity}));
        TestResponse::read(request.send().await.unwrap()).await
    }

    /// The meter as `GET /usage` shows it.
    pub(crate) async fn meter(&self, meter: &str) -> Value {
        self.get("/usage").await.expect(200)["meters"][meter].clone()
    }

    /// How much of the meter was used.
    pub(crate) async fn used(&self, meter: &str) -> Value {
        self.meter(meter).await["used"].clone()
    }
}
