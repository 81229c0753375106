//! Subscriptions at Stripe, past our own functions.

use reqwest::StatusCode;
use serde_json::Value;

use super::app::TestApp;
use super::hosted_page::Checkout;

impl TestApp {
    /// The subscription that a checkout began.
    pub(crate) async fn subscription_of(&self, checkout: &Checkout) -> String {
        self.session_at_stripe(&checkout.session).await["subscription"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn subscription_at_stripe(&self, id: &str) -> Value {
        self.stripe_get(&format!("/v1/subscriptions/{id}")).await
    }

    /// The subscription's invoices, the newest first.
    pub(crate) async fn invoices_at_stripe(&self, subscription: &str) -> Vec<Value> {
        self.stripe_list("/v1/invoices", &[("subscription", subscription)]).await
    }

    /// The subscription's schedules that have this status.
    pub(crate) async fn schedules_at_stripe(&self, status: &str) -> Vec<Value> {
        let all = self.stripe_list("/v1/subscription_schedules", &[("limit", "100")]).await;
        all.into_iter().filter(|schedule| schedule["status"] == status).collect()
    }

    /// Changes a subscription as an operator does, and waits until every webhook was delivered.
    pub(crate) async fn update_subscription(&self, id: &str, form: &[(&str, &str)]) -> Value {
        let updated = self.stripe_post(&format!("/v1/subscriptions/{id}"), form).await;
        self.settle().await;
        updated
    }

    /// Ends a subscription as an operator does, and waits until every webhook was delivered.
    pub(crate) async fn cancel_at_stripe(&self, id: &str) {
        self.stripe_delete(&format!("/v1/subscriptions/{id}")).await;
        self.settle().await;
    }

    /// From now on the subscription is charged to this test card: `visa` pays, `chargeCustomerFail` does not.
    pub(crate) async fn set_card(&self, subscription: &str, card: &str) {
        let customer = self.subscription_at_stripe(subscription).await["customer"].as_str().unwrap().to_owned();
        let attach = format!("/v1/payment_methods/pm_card_{card}/attach");
        let card = self.stripe_post(&attach, &[("customer", &customer)]).await;
        self.update_subscription(subscription, &[("default_payment_method", card["id"].as_str().unwrap())]).await;
    }
    /// Pays on an invoice's page by card; 303 is a payment, anything else a refusal.
    pub(crate) async fn pay_invoice_page(&self, page: &str, card: &str) -> StatusCode {
        let form = [("card_number", card), ("exp", "12/40"), ("cvc", "123")];
        self.http.post(page).form(&form).send().await.unwrap().status()
    }

    /// Pays an invoice by bank debit, which is being processed then. Returns the payment intent.
    pub(crate) async fn pay_invoice_by_debit(&self, subscription: &str, invoice: &str) -> String {
        let customer = self.subscription_at_stripe(subscription).await["customer"].as_str().unwrap().to_owned();
        let debit = self.stripe_post("/v1/payment_methods", &[("type", "us_bank_account")]).await;
        let debit = debit["id"].as_str().unwrap();
        self.stripe_post(&format!("/v1/payment_methods/{debit}/attach"), &[("customer", &customer)]).await;
        self.stripe_post(&format!("/v1/invoices/{invoice}/pay"), &[("payment_method", debit)]).await;
        self.settle().await;
        self.last_payment_intent("payment_intent.processing").await
    }
}
