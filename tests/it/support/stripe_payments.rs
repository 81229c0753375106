//! Payments at Stripe: checkout sessions, refunds and disputes.

use serde_json::Value;

use super::app::TestApp;
use super::hosted_page::Checkout;

impl TestApp {
    pub(crate) async fn session_at_stripe(&self, session: &str) -> Value {
        self.stripe_get(&format!("/v1/checkout/sessions/{session}")).await
    }

    /// The sessions that can still be paid.
    pub(crate) async fn open_sessions(&self) -> Vec<Value> {
        self.stripe_list("/v1/checkout/sessions", &[("status", "open"), ("limit", "100")]).await
    }

    pub(crate) async fn expire_session(&self, session: &str) {
        self.stripe_post(&format!("/v1/checkout/sessions/{session}/expire"), &[]).await;
    }

    /// The price that a session sells.
    pub(crate) async fn price_of_session(&self, session: &str) -> String {
        let items = self.stripe_list(&format!("/v1/checkout/sessions/{session}/line_items"), &[]).await;
        items[0]["price"]["id"].as_str().unwrap().to_owned()
    }

    /// The session's payment intent.
    pub(crate) async fn payment_intent_of(&self, session: &str) -> String {
        self.session_at_stripe(session).await["payment_intent"].as_str().unwrap().to_owned()
    }

    /// Creates a session that sells this price outside of our checkout, as a Payment Link or the Dashboard does. It has
    /// no metadata and no customer of ours unless `more` adds them.
    pub(crate) async fn create_session(&self, mode: &str, price: &str, more: &[(&str, &str)]) -> Checkout {
        let form = [
            ("mode", mode),
            ("line_items[0][price]", price),
            ("line_items[0][quantity]", "1"),
            ("success_url", "https://example.com/"),
        ];
        Checkout::of_session(&self.stripe_post("/v1/checkout/sessions", &[&form, more].concat()).await)
    }

    /// A promotion code for so many percent.
    pub(crate) async fn create_promotion_code(&self, code: &str, percent: &str, more: &[(&str, &str)]) -> Value {
        let coupon = self.stripe_post("/v1/coupons", &[("percent_off", percent), ("duration", "once")]).await;
        let coupon = coupon["id"].as_str().unwrap();
        let form = [("promotion[type]", "coupon"), ("promotion[coupon]", coupon), ("code", code)];
        self.stripe_post("/v1/promotion_codes", &[&form, more].concat()).await
    }

    /// Refunds the payment and waits until every webhook was delivered. Returns the refund.
    pub(crate) async fn refund(&self, intent: &str, fields: &[(&str, &str)]) -> String {
        let refund = self.stripe_post("/v1/refunds", &[&[("payment_intent", intent)], fields].concat()).await;
        self.settle().await;
        refund["id"].as_str().unwrap().to_owned()
    }

    /// Opens a `chargeback` or an `inquiry`, and waits until every webhook was delivered. Returns the dispute.
    pub(crate) async fn dispute(&self, intent: &str, kind: &str) -> String {
        let dispute = self.stripe_post("/_stand_in/disputes", &[("payment_intent", intent), ("kind", kind)]).await;
        self.settle().await;
        dispute["id"].as_str().unwrap().to_owned()
    }
}
