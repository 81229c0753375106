//! Meters, as another backend uses them.

use serde_json::{Value, json};

use super::app::{Answer, Learner, TestApp};

impl TestApp {
    /// Uses so much of a meter.
    pub(crate) async fn consume(&self, learner: &Learner, meter: &str, quantity: u64) -> Answer {
        self.post(learner, &format!("/usage/{meter}"), &json!({"quantity": quantity})).await
    }

    /// Uses so much of a meter under an idempotency key.
    pub(crate) async fn consume_once(&self, learner: &Learner, meter: &str, quantity: u64, key: &[u8]) -> Answer {
        let request = self.http.post(format!("{}/usage/{meter}", self.stack.urls().api)).bearer_auth(&learner.token);
        let request = request.header("idempotency-key", key).json(&json!({"quantity": quantity}));
        Answer::of(request.send().await.unwrap()).await
    }

    /// The meter as `GET /usage` shows it.
    pub(crate) async fn meter(&self, learner: &Learner, meter: &str) -> Value {
        self.get(learner, "/usage").await.expect(200)["meters"][meter].clone()
    }
}
