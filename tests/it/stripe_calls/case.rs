//! A mutation on a running stack: how it is prepared and run.

use cli::catalog::{CatalogFile, push};
use serde_json::{Value, json};
use shared::fulfil::Context;

use super::mutation::Mutation;
use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, RESUME, plus, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::{CATALOG_YAML, COURSE};
use crate::support::fault_proxy::FaultProxy;
use crate::support::learner::Learner;
use crate::support::payment_intents::PAYMENT_INTENTS;
use crate::support::time::DAY;

/// A stack on which a mutation is prepared.
pub(super) struct Case {
    pub(super) app: TestApp,
    pub(super) proxy: FaultProxy,
    pub(super) ada: Learner,
    /// The object at Stripe that the mutation is about, if there is one before.
    pub(super) id: String,
}

impl Case {
    /// Prepares what the mutation needs.
    pub(super) async fn of(mutation: Mutation) -> Self {
        use Mutation::{
            Cancel, CancelNow, Change, Customer, Email, EndIntent, Endpoint, Expire, PaymentIntent, Portal,
            PriceArchived, PriceCreated, ProductCreated, ProductUpdated, Refund, Release, Resume, ResumeDay, Schedule,
            Session, Unpause, Void,
        };
        let (app, proxy) = TestApp::start_with_stripe_proxy().await;
        let ada = app.as_learner("ada").await;
        let mut case = Self { app, proxy, ada, id: String::new() };
        case.id = match mutation {
            Customer | Session | PaymentIntent | ProductCreated | PriceCreated | Endpoint => String::new(),
            Expire => case.ada.checkout(COURSE).await.session,
            EndIntent => case.ada.payment_intent(COURSE).await,
            ProductUpdated | PriceArchived => {
                let product = case.app.product_row(COURSE).await;
                let prices = product["prices"].as_array().unwrap();
                let price = prices.iter().find(|price| price["currency"] == "usd").unwrap();
                let id = if mutation == ProductUpdated { &product["stripe_product"] } else { &price["id"] };
                id.as_str().unwrap().to_owned()
            }
            Portal | Cancel | CancelNow | Void | Resume | ResumeDay | Unpause | Change => {
                case.ada.subscribe(premium()).await
            }
            Schedule | Release => case.ada.subscribe(json!({"plan_id": "plus", "trial_days": 0})).await,
            Refund => {
                let payment = case.ada.buy(COURSE).await;
                case.ada.refund_request(&payment).await
            }
            Email => {
                case.ada.buy("fine-tuning").await;
                case.app.only_customer().await
            }
        };
        case.prepare(mutation).await;
        case.proxy.reset();
        case
    }

    async fn prepare(&mut self, mutation: Mutation) {
        let Self { app, ada, id, .. } = &*self;
        match mutation {
            Mutation::Void => {
                app.set_card(id, FAILING_CARD).await;
                app.advance(32 * DAY).await;
                let subscription = self.subscription().await;
                self.id = subscription["latest_invoice"].as_str().unwrap().to_owned();
            }
            Mutation::Resume => {
                ada.post(CANCEL, json!({})).await.expect(200);
            }
            Mutation::ResumeDay => {
                let end = self.subscription().await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
                self.app.update_subscription(&self.id, &[("cancel_at", &(end - 86_400).to_string())]).await;
            }
            Mutation::Unpause => {
                let pause = format!("/v1/subscriptions/{id}/pause");
                app.stripe_post(&pause, &[("type", "subscription")]).await;
                app.settle().await;
            }
            Mutation::Release => {
                ada.change_plan(json!({"plan_id": "premium"})).await;
                let schedule = app.schedules_at_stripe("active").await.remove(0);
                self.id = schedule["id"].as_str().unwrap().to_owned();
            }
            Mutation::Email => {
                let identity = app.stack.identity();
                let mut claims = identity.claims("ada@example.com", &[]).unwrap();
                claims.insert("email".to_owned(), json!("ada@elsewhere.example"));
                self.ada.token = identity.sign(&claims).unwrap();
            }
            _ => {}
        }
    }

    /// The only subscription.
    pub(super) async fn subscription(&self) -> Value {
        self.app.stripe_list("/v1/subscriptions", &[("status", "all")]).await.remove(0)
    }

    pub(super) async fn count(&self, list: &str, form: &[(&str, &str)]) -> usize {
        let form = [&[("limit", "100")], form].concat();
        self.app.stripe_list(list, &form).await.len()
    }

    /// The call at Stripe.
    pub(super) fn action(&self, mutation: Mutation) -> String {
        let id = &self.id;
        match mutation {
            Mutation::Customer => "POST /v1/customers".to_owned(),
            Mutation::Session => "POST /v1/checkout/sessions".to_owned(),
            Mutation::Expire => format!("POST /v1/checkout/sessions/{id}/expire"),
            Mutation::PaymentIntent => "POST /v1/payment_intents".to_owned(),
            Mutation::EndIntent => format!("POST /v1/payment_intents/{id}/cancel"),
            Mutation::Portal => "POST /v1/billing_portal/sessions".to_owned(),
            Mutation::CancelNow => format!("DELETE /v1/subscriptions/{id}"),
            Mutation::Void => format!("POST /v1/invoices/{id}/void"),
            Mutation::Unpause => format!("POST /v1/subscriptions/{id}/resume"),
            Mutation::Cancel | Mutation::Resume | Mutation::ResumeDay | Mutation::Change => {
                format!("POST /v1/subscriptions/{id}")
            }
            Mutation::Schedule => "POST /v1/subscription_schedules".to_owned(),
            Mutation::Release => format!("POST /v1/subscription_schedules/{id}/release"),
            Mutation::Email => format!("POST /v1/customers/{id}"),
            Mutation::Refund => "POST /v1/refunds".to_owned(),
            Mutation::ProductCreated => "POST /v1/products".to_owned(),
            Mutation::ProductUpdated => format!("POST /v1/products/{id}"),
            Mutation::PriceCreated => "POST /v1/prices".to_owned(),
            Mutation::PriceArchived => format!("POST /v1/prices/{id}"),
            Mutation::Endpoint => "POST /v1/webhook_endpoints".to_owned(),
        }
    }

    /// Sends the request that leads to the call.
    pub(super) async fn run(&self, mutation: Mutation) {
        let (path, request) = match mutation {
            Mutation::Customer | Mutation::Session => ("/checkout/sessions", json!({"course_id": COURSE})),
            Mutation::Expire => ("/checkout/sessions", json!({"course_id": COURSE, "currency": "EUR"})),
            Mutation::PaymentIntent => (PAYMENT_INTENTS, json!({"course_id": COURSE})),
            Mutation::EndIntent => ("/checkout/sessions", json!({"course_id": COURSE})),
            Mutation::Portal => ("/billing/portal", json!({})),
            Mutation::Cancel | Mutation::Void => (CANCEL, json!({})),
            Mutation::CancelNow => (CANCEL, json!({"immediately": true})),
            Mutation::Resume | Mutation::ResumeDay | Mutation::Unpause => (RESUME, json!({})),
            Mutation::Change => (CHANGE, plus()),
            Mutation::Schedule => (CHANGE, json!({"plan_id": "premium"})),
            Mutation::Release => (RESUME, json!({})),
            Mutation::Email => ("/checkout/sessions", json!({"course_id": COURSE})),
            Mutation::Refund => {
                let operator = self.app.as_operator("olga").await;
                operator.approve(&self.id, json!({"amount": 1_000})).await.expect(200);
                return;
            }
            _ => return self.run_tool(mutation).await,
        };
        let answer = self.ada.post(path, &request).await;
        assert!(answer.status.is_success(), "{mutation:?}: {} {}", answer.status, answer.body);
    }

    /// Does what an operator does with the tool, whose calls go through the proxy, too.
    async fn run_tool(&self, mutation: Mutation) {
        let yaml = match mutation {
            Mutation::ProductCreated => CATALOG_YAML.replace("vector-search", "vector-retrieval"),
            Mutation::ProductUpdated => CATALOG_YAML.replace("name: Vector Search", "name: Vector Retrieval"),
            _ => CATALOG_YAML.replace("usd: 4900", "usd: 5900"),
        };
        let Context { stripe, app, .. } = self.app.context_with_stripe_at(self.proxy.url());
        if mutation == Mutation::Endpoint {
            let url = "https://example.com/";
            shared::stripe::create_webhook_endpoint(&stripe, &app, url, &["invoice.paid"], "endpoint").await.unwrap();
        } else {
            let file = CatalogFile::parse(&yaml).unwrap();
            assert_ne!(push(&stripe, &app, &file).await.unwrap(), []);
            assert_eq!(push(&stripe, &app, &file).await.unwrap(), [], "{mutation:?}: all of it was done");
        }
    }
}
