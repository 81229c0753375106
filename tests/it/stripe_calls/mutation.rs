//! Every request that changes something at Stripe: how it is prepared, run and checked.

use cli::catalog::{CatalogFile, push};
use serde_json::{Value, json};
use shared::fulfil::Context;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, RESUME, plus, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::{CATALOG_YAML, COURSE};
use crate::support::fault_proxy::{FaultProxy, KeyFault};
use crate::support::learner::Learner;
use crate::support::payment_intents::PAYMENT_INTENTS;
use crate::support::time::DAY;

/// Everything that changes something at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutation {
    Customer,
    Session,
    Expire,
    PaymentIntent,
    /// Cancels a payment intent.
    EndIntent,
    Portal,
    Cancel,
    CancelNow,
    /// Cancels a subscription with an unpaid invoice.
    Void,
    Resume,
    /// Takes back a cancellation on a chosen day.
    ResumeDay,
    Unpause,
    Change,
    /// Schedules a change for the end of the period.
    Schedule,
    /// Takes a scheduled change back.
    Release,
    /// Changes the customer's address to that of the token.
    Email,
    ProductCreated,
    ProductUpdated,
    PriceCreated,
    PriceArchived,
    Endpoint,
}

pub(super) const MUTATIONS: [Mutation; 21] = [
    Mutation::Customer,
    Mutation::Session,
    Mutation::Expire,
    Mutation::PaymentIntent,
    Mutation::EndIntent,
    Mutation::Portal,
    Mutation::Cancel,
    Mutation::CancelNow,
    Mutation::Void,
    Mutation::Resume,
    Mutation::ResumeDay,
    Mutation::Unpause,
    Mutation::Change,
    Mutation::Schedule,
    Mutation::Release,
    Mutation::Email,
    Mutation::ProductCreated,
    Mutation::ProductUpdated,
    Mutation::PriceCreated,
    Mutation::PriceArchived,
    Mutation::Endpoint,
];

/// A stack on which a mutation is prepared.
pub(super) struct Case {
    app: TestApp,
    pub(super) proxy: FaultProxy,
    pub(super) ada: Learner,
    /// The object at Stripe that the mutation is about, if there is one before.
    id: String,
}

impl Case {
    /// Prepares what the mutation needs.
    pub(super) async fn of(mutation: Mutation) -> Self {
        use Mutation::{
            Cancel, CancelNow, Change, Customer, Email, EndIntent, Endpoint, Expire, PaymentIntent, Portal,
            PriceArchived, PriceCreated, ProductCreated, ProductUpdated, Release, Resume, ResumeDay, Schedule, Session,
            Unpause, Void,
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

    async fn count(&self, list: &str, form: &[(&str, &str)]) -> usize {
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
            Mutation::Portal | Mutation::ProductUpdated | Mutation::Endpoint => {}
        }
        assert_eq!(self.app.failures().await, [], "{when}");
    }
}
