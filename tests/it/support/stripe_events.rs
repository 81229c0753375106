//! Stripe's list of events.

use serde_json::Value;

use super::app::TestApp;

impl TestApp {
    /// Stripe's last hundred events of a type (`*` for any), oldest first.
    pub(crate) async fn events(&self, kind: &str) -> Vec<Value> {
        let query = [("limit", "100"), ("type", kind)];
        let mut events = self.stripe_list("/v1/events", if kind == "*" { &query[..1] } else { &query }).await;
        events.reverse();
        events
    }

    /// The newest event of a type.
    pub(crate) async fn last_event(&self, kind: &str) -> Value {
        self.events(kind).await.pop().unwrap_or_else(|| panic!("Stripe has no {kind}"))
    }

    /// The event of a type that is about this object, or about something of this payment intent.
    pub(crate) async fn event_about(&self, kind: &str, id: &str) -> Value {
        let is_about =
            |event: &Value| event["data"]["object"]["id"] == id || event["data"]["object"]["payment_intent"] == id;
        self.events(kind).await.into_iter().find(is_about).unwrap()
    }

    /// The payment intent that the newest event of this type is about.
    pub(crate) async fn last_payment_intent(&self, kind: &str) -> String {
        self.last_event(kind).await["data"]["object"]["id"].as_str().unwrap().to_owned()
    }
}
