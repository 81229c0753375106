//! Stripe's payment page, as the buyer fills it in.

use reqwest::StatusCode;
use serde_json::Value;

use super::app::TestApp;

/// An open checkout session.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    pub(crate) session: String,
    pub(crate) url: String,
}

impl Checkout {
    /// A checkout session as Stripe answers it.
    pub(crate) fn of_session(session: &Value) -> Self {
        Self::read(session, "id", "url")
    }

    /// A checkout session as our API answers it.
    pub(crate) fn of_answer(body: &Value) -> Self {
        Self::read(body, "session_id", "checkout_url")
    }

    fn read(value: &Value, session: &str, url: &str) -> Self {
        let text = |name: &str| value[name].as_str().unwrap().to_owned();
        Self { session: text(session), url: text(url) }
    }
}

impl TestApp {
    /// Pays by card; 303 is a payment, 402 a decline.
    pub(crate) async fn pay(&self, checkout: &Checkout, card: &str) -> StatusCode {
        self.submit(checkout, &[("method", "card"), ("card_number", card), ("exp", "12/40"), ("cvc", "123")]).await
    }

    /// Pays by bank debit, which takes days.
    pub(crate) async fn pay_by_debit(&self, checkout: &Checkout) -> StatusCode {
        self.submit(checkout, &[("method", "bank_debit")]).await
    }

    async fn submit(&self, checkout: &Checkout, fields: &[(&str, &str)]) -> StatusCode {
        let mut form = vec![("email", "ada@example.com"), ("name", "Ada")];
        form.extend(fields);
        self.http.post(&checkout.url).form(&form).send().await.unwrap().status()
    }
}
