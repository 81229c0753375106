//! What a mutation leaves behind at Stripe and here.

use serde_json::{Value, json};

use super::case::Case;
use super::mutation::Mutation;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::KeyFault;

impl Case {
    /// Panics unless the mutation was done once.
    pub(super) async fn check(&self, mutation: Mutation, fault: KeyFault) {
        let when = format!("{mutation:?}, {fault:?}");
        self.app.settle().await;
        match mutation {
            Mutation::Customer => {
                assert_eq!(self.count("/v1/customers", &[("email", "ada@example.com")]).await, 1, "{when}");
            }
            Mutation::Session => {
                self.ada.buy(COURSE).await;
                assert_eq!(self.ada.access_reason(COURSE).await, "purchased", "{when}");
            }
            Mutation::Expire => {
                assert_eq!(self.count("/v1/checkout/sessions", &[("status", "open")]).await, 1, "{when}");
            }
            Mutation::PaymentIntent => {
                let intent = self.ada.payment_intent(COURSE).await;
                self.app.pay_intent(&intent).await;
                self.app.settle().await;
                assert_eq!(self.ada.access_reason(COURSE).await, "purchased", "{when}");
            }
            Mutation::EndIntent => {
                assert_eq!(self.app.intent_at_stripe(&self.id).await["status"], "canceled", "{when}");
                assert_eq!(self.count("/v1/checkout/sessions", &[("status", "open")]).await, 1, "{when}");
            }
            Mutation::Cancel => assert_eq!(self.subscription().await["cancel_at_period_end"], true, "{when}"),
            Mutation::CancelNow => assert_eq!(self.subscription().await["status"], "canceled", "{when}"),
            Mutation::Void => {
                assert_eq!(self.subscription().await["status"], "canceled", "{when}");
                assert_eq!(self.count("/v1/invoices", &[("status", "open")]).await, 0, "{when}");
            }
            Mutation::Resume | Mutation::ResumeDay => {
                let found = self.subscription().await;
                assert_eq!(
                    (&found["cancel_at"], &found["cancel_at_period_end"]),
                    (&Value::Null, &json!(false)),
                    "{when}"
                );
            }
            Mutation::Unpause => assert_eq!(self.subscription().await["status"], "active", "{when}"),
            Mutation::Change => {
                // One for the beginning, one for the change.
                assert_eq!(self.count("/v1/invoices", &[("status", "paid")]).await, 2, "{when}");
                let shown = self.ada.subscription().await;
                assert_eq!(shown["plan"], "plus", "{when}");
            }
            Mutation::Schedule => {
                let active = self.app.schedules_at_stripe("active").await;
                assert_eq!(active.len(), 1, "{when}");
                assert_eq!(self.ada.subscription().await["scheduled_change"]["plan"], "premium", "{when}");
            }
            Mutation::Release => {
                assert_eq!(self.subscription().await["schedule"], Value::Null, "{when}");
                assert_eq!(self.ada.subscription().await["scheduled_change"], Value::Null, "{when}");
            }
            Mutation::ProductCreated => {
                let products = self.app.stripe_list("/v1/products", &[("limit", "100")]).await;
                let named = |product: &&Value| product["metadata"]["tuition_product"] == "vector-retrieval";
                assert_eq!(products.iter().filter(named).count(), 1, "{when}");
            }
            Mutation::PriceCreated | Mutation::PriceArchived => {
                let keyed = [("lookup_keys[0]", "vector-search_usd"), ("active", "true")];
                assert_eq!(self.count("/v1/prices", &keyed).await, 1, "{when}");
            }
            Mutation::Email => {
                assert_eq!(self.count("/v1/customers", &[("email", "ada@elsewhere.example")]).await, 1, "{when}");
            }
            Mutation::Refund => assert_eq!(self.count("/v1/refunds", &[]).await, 1, "{when}"),
            Mutation::Portal | Mutation::ProductUpdated | Mutation::Endpoint => {}
        }
        assert_eq!(self.app.failures().await, [], "{when}");
    }
}
