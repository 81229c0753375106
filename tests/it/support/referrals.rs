//! Referrals: codes and credit.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::cards::VALID_CARD;
use super::hosted_page::Checkout;
use super::learner::Learner;

impl Learner {
    /// The answer of `GET /referrals`.
    pub(crate) async fn referrals(&self) -> Value {
        self.get("/referrals").await.expect(200)
    }

    /// The learner's own code.
    pub(crate) async fn referral_code(&self) -> String {
        self.referrals().await["code"].as_str().unwrap().to_owned()
    }

    /// The credit in dollars: earned, held, available.
    pub(crate) async fn credit(&self) -> (i64, i64, i64) {
        let referrals = self.referrals().await;
        let credit = referrals["credit"].as_array().unwrap().iter().find(|credit| credit["currency"] == "usd").cloned();
        let amount = |name: &str| credit.as_ref().map_or(0, |credit| credit[name].as_i64().unwrap());
        assert_eq!(
            amount("earned") + amount("owed"),
            amount("held") + amount("available") + amount("reserved") + amount("spent"),
            "{referrals}"
        );
        (amount("earned"), amount("held"), amount("available"))
    }

    /// How the only referral stands, and why it earns nothing.
    pub(crate) async fn only_referral(&self) -> (Value, Value) {
        let history = self.get("/referrals/history").await.expect(200);
        let items = history["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{history}");
        (items[0]["state"].clone(), items[0]["reason"].clone())
    }

    /// Buys the course with a code by this card, and waits until every webhook was delivered. Returns the payment intent.
    pub(crate) async fn buy_with_code(&self, course: &str, code: &str, card: &str) -> String {
        let request = json!({"course_id": course, "currency": "usd", "referral_code": code});
        let answer = self.post("/checkout/sessions", request).await.expect(201);
        let checkout = Checkout::of_answer(&answer);
        assert_eq!(self.app.pay(&checkout, card).await, StatusCode::SEE_OTHER);
        self.app.settle().await;
        self.app.payment_intent_of(&checkout.session).await
    }

    /// Has a code, by which `friend` buys the course with the usual card. Returns the payment intent.
    pub(crate) async fn refer(&self, friend: &Self, course: &str) -> String {
        friend.buy_with_code(course, &self.referral_code().await, VALID_CARD).await
    }
}

/// The credit in dollars, adding up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) earned: i64,
    pub(crate) held: i64,
    pub(crate) available: i64,
    pub(crate) reserved: i64,
    pub(crate) spent: i64,
    pub(crate) owed: i64,
}

impl Learner {
    /// All of the credit in dollars; it adds up.
    pub(crate) async fn ledger(&self) -> Ledger {
        let (earned, held, available) = self.credit().await;
        let referrals = self.referrals().await;
        let credit = referrals["credit"].as_array().unwrap().iter().find(|credit| credit["currency"] == "usd").cloned();
        let amount = |name: &str| credit.as_ref().map_or(0, |credit| credit[name].as_i64().unwrap());
        Ledger { earned, held, available, reserved: amount("reserved"), spent: amount("spent"), owed: amount("owed") }
    }

    /// What became of uses of credit, as the audit has it, in the order of time.
    pub(crate) async fn credit_changes(&self) -> Vec<String> {
        let changes = self.transitions().await.into_iter().filter(|change| change["effect"] == "credit_use_changed");
        let status = |state: &Value| state["status"].as_str().unwrap().to_owned();
        changes.map(|change| format!("{} to {}", status(&change["from"]), status(&change["to"]))).collect()
    }
}
