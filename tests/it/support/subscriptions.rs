//! Subscriptions at Stripe, past our own functions.

use reqwest::Method;
use serde_json::Value;

use super::app::TestApp;

impl TestApp {
    /// The subscription as Stripe has it.
    pub(crate) async fn at_stripe(&self, id: &str) -> Value {
        self.stripe(Method::GET, &format!("/v1/subscriptions/{id}"), &[]).await.expect(200)
    }

    /// Something that an operator does to a subscription.
    pub(crate) async fn update(&self, id: &str, form: &[(&str, &str)]) -> Value {
        let updated = self.stripe(Method::POST, &format!("/v1/subscriptions/{id}"), form).await.expect(200);
        self.settle().await;
        updated
    }

    /// From now on the subscription is paid by this test card.
    pub(crate) async fn pay_with(&self, id: &str, card: &str) {
        let customer = self.at_stripe(id).await["customer"].as_str().unwrap().to_owned();
        let attach = format!("/v1/payment_methods/pm_card_{card}/attach");
        let card = self.stripe(Method::POST, &attach, &[("customer", &customer)]).await.expect(200);
        self.update(id, &[("default_payment_method", card["id"].as_str().unwrap())]).await;
    }
}
