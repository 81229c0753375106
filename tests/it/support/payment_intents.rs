//! Payment intents, as the shop's page pays them: in the browser, at Stripe, with the publishable key.

use serde_json::{Value, json};

use super::app::TestApp;
use super::learner::Learner;
use super::response::TestResponse;

/// The route of payment intents.
pub(crate) const PAYMENT_INTENTS: &str = "/checkout/payment-intents";

/// Stripe's names of payment methods for tests. See <https://docs.stripe.com/testing>.
pub(crate) const VISA: &str = "pm_card_visa";
pub(crate) const DECLINED: &str = "pm_card_visa_chargeDeclined";
pub(crate) const AUTHENTICATED: &str = "pm_card_authenticationRequired";

impl TestApp {
    /// The payment intent as Stripe has it.
    pub(crate) async fn intent_at_stripe(&self, intent: &str) -> Value {
        self.stripe_get(&format!("/v1/payment_intents/{intent}")).await
    }

    /// Confirms the payment intent with a payment method, as Stripe.js does. Returns Stripe's answer.
    pub(crate) async fn confirm_intent(&self, intent: &str, method: &[(&str, &str)]) -> TestResponse {
        let secret = self.intent_at_stripe(intent).await["client_secret"].as_str().unwrap().to_owned();
        let url = format!("{}/v1/payment_intents/{intent}/confirm", self.stack.urls().stripe);
        let form = [&[("client_secret", secret.as_str()), ("return_url", "https://example.com/")], method].concat();
        let request = self.http.post(url).bearer_auth("pk_test_tuition").form(&form);
        TestResponse::read(request.send().await.unwrap()).await
    }

    /// Pays the payment intent by card.
    pub(crate) async fn pay_intent(&self, intent: &str) {
        self.confirm_intent(intent, &[("payment_method", VISA)]).await.expect(200);
    }

    /// Pays the payment intent by bank debit, which takes days.
    pub(crate) async fn debit_intent(&self, intent: &str) {
        let debit = [("payment_method_data[type]", "us_bank_account")];
        assert_eq!(self.confirm_intent(intent, &debit).await.expect(200)["status"], "processing");
    }

    /// The payment intents at Stripe that can still be paid.
    pub(crate) async fn payable_intents(&self) -> Vec<String> {
        let all = self.stripe_list("/v1/payment_intents", &[("limit", "100")]).await;
        let payable =
            all.iter().filter(|intent| !["canceled", "succeeded"].contains(&intent["status"].as_str().unwrap()));
        payable.map(|intent| intent["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Learner {
    /// Opens a payment intent for the course. Returns its id.
    pub(crate) async fn payment_intent(&self, course: &str) -> String {
        let opened = self.post(PAYMENT_INTENTS, json!({"course_id": course})).await;
        assert!(opened.status.is_success(), "{} {}", opened.status, opened.body);
        opened.body["payment_intent_id"].as_str().unwrap().to_owned()
    }

    /// The shop's page after the payment: `GET /checkout/payment-intents/{id}`.
    pub(crate) async fn show_intent(&self, intent: &str) -> TestResponse {
        self.get(&format!("{PAYMENT_INTENTS}/{intent}")).await
    }
}
