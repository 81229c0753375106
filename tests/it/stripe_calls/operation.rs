//! Every operation that changes something at Stripe: how it is prepared, run and checked.

use cli::catalog::{CatalogFile, push};
use serde_json::{Value, json};
use shared::fulfil::Context;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, RESUME, plus, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::{CATALOG_YAML, COURSE};
use crate::support::fault_proxy::{FaultProxy, KeyFault};
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// Everything that changes something at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Customer,
    Session,
    Expire,
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
    ProductCreated,
    ProductUpdated,
    PriceCreated,
    PriceArchived,
    Endpoint,
}

pub(super) const OPERATIONS: [Operation; 16] = [
    Operation::Customer,
    Operation::Session,
    Operation::Expire,
    Operation::Portal,
    Operation::Cancel,
    Operation::CancelNow,
    Operation::Void,
    Operation::Resume,
    Operation::ResumeDay,
    Operation::Unpause,
    Operation::Change,
    Operation::ProductCreated,
    Operation::ProductUpdated,
    Operation::PriceCreated,
    Operation::PriceArchived,
    Operation::Endpoint,
];

/// A stack on which an operation is prepared.
pub(super) struct Case {
    app: TestApp,
    pub(super) proxy: FaultProxy,
    pub(super) ada: Learner,
    /// The object at Stripe that the operation is about, if there is one before.
    id: String,
}

impl Case {
    /// Prepares what the operation needs.
    pub(super) async fn of(operation: Operation) -> Self {
        use Operation::{
            Cancel, CancelNow, Change, Customer, Endpoint, Expire, Portal, PriceArchived, PriceCreated, ProductCreated,
            ProductUpdated, Resume, ResumeDay, Session, Unpause, Void,
        };
        let (app, proxy) = TestApp::start_with_stripe_proxy().await;
        let ada = app.as_learner("ada").await;
        let mut case = Self { app, proxy, ada, id: String::new() };
        case.id = match operation {
            Customer | Session | ProductCreated | PriceCreated | Endpoint => String::new(),
            Expire => case.ada.checkout(COURSE).await.session,
            ProductUpdated | PriceArchived => {
                let product = case.app.product_row(COURSE).await;
                let prices = product["prices"].as_array().unwrap();
                let price = prices.iter().find(|price| price["currency"] == "usd").unwrap();
                let id = if operation == ProductUpdated { &product["stripe_product"] } else { &price["id"] };
                id.as_str().unwrap().to_owned()
            }
            Portal | Cancel | CancelNow | Void | Resume | ResumeDay | Unpause | Change => {
                case.ada.subscribe(premium()).await
            }
        };
        case.prepare(operation).await;
        case.proxy.reset();
        case
    }

    async fn prepare(&mut self, operation: Operation) {
        let Self { app, ada, id, .. } = &*self;
        match operation {
            Operation::Void => {
                app.set_card(id, FAILING_CARD).await;
                app.advance(32 * DAY).await;
                let subscription = self.subscription().await;
                self.id = subscription["latest_invoice"].as_str().unwrap().to_owned();
            }
            Operation::Resume => {
                ada.post(CANCEL, json!({})).await.expect(200);
            }
            Operation::ResumeDay => {
                let end = self.subscription().await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
                self.app.update_subscription(&self.id, &[("cancel_at", &(end - 86_400).to_string())]).await;
            }
            Operation::Unpause => {
                let pause = format!("/v1/subscriptions/{id}/pause");
                app.stripe_post(&pause, &[("type", "subscription")]).await;
                app.settle().await;
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
    pub(super) fn action(&self, operation: Operation) -> String {
        let id = &self.id;
        match operation {
            Operation::Customer => "POST /v1/customers".to_owned(),
            Operation::Session => "POST /v1/checkout/sessions".to_owned(),
            Operation::Expire => format!("POST /v1/checkout/sessions/{id}/expire"),
            Operation::Portal => "POST /v1/billing_portal/sessions".to_owned(),
            Operation::CancelNow => format!("DELETE /v1/subscriptions/{id}"),
            Operation::Void => format!("POST /v1/invoices/{id}/void"),
            Operation::Unpause => format!("POST /v1/subscriptions/{id}/resume"),
            Operation::Cancel | Operation::Resume | Operation::ResumeDay | Operation::Change => {
                format!("POST /v1/subscriptions/{id}")
            }
            Operation::ProductCreated => "POST /v1/products".to_owned(),
            Operation::ProductUpdated => format!("POST /v1/products/{id}"),
            Operation::PriceCreated => "POST /v1/prices".to_owned(),
            Operation::PriceArchived => format!("POST /v1/prices/{id}"),
            Operation::Endpoint => "POST /v1/webhook_endpoints".to_owned(),
        }
    }

    /// Sends the request that leads to the call.
    pub(super) async fn run(&self, operation: Operation) {
        let (path, request) = match operation {
            Operation::Customer | Operation::Session => ("/checkout/sessions", json!({"course_id": COURSE})),
            Operation::Expire => ("/checkout/sessions", json!({"course_id": COURSE, "currency": "EUR"})),
            Operation::Portal => ("/billing/portal", json!({})),
            Operation::Cancel | Operation::Void => (CANCEL, json!({})),
            Operation::CancelNow => (CANCEL, json!({"immediately": true})),
            Operation::Resume | Operation::ResumeDay | Operation::Unpause => (RESUME, json!({})),
            Operation::Change => (CHANGE, plus()),
            _ => return self.operate(operation).await,
        };
        let answer = self.ada.post(path, &request).await;
        assert!(answer.status.is_success(), "{operation:?}: {} {}", answer.status, answer.body);
    }

    /// Does what an operator does with the tool, whose calls go through the proxy, too.
    async fn operate(&self, operation: Operation) {
        let yaml = match operation {
            Operation::ProductCreated => CATALOG_YAML.replace("vector-search", "vector-retrieval"),
            Operation::ProductUpdated => CATALOG_YAML.replace("name: Vector Search", "name: Vector Retrieval"),
            _ => CATALOG_YAML.replace("usd: 4900", "usd: 5900"),
        };
        let Context { stripe, app, .. } = self.app.context_with_stripe_at(self.proxy.url());
        if operation == Operation::Endpoint {
            let url = "https://example.com/";
            shared::stripe::create_webhook_endpoint(&stripe, &app, url, &["invoice.paid"], "endpoint").await.unwrap();
        } else {
            let file = CatalogFile::parse(&yaml).unwrap();
            assert_ne!(push(&stripe, &app, &file).await.unwrap(), []);
            assert_eq!(push(&stripe, &app, &file).await.unwrap(), [], "{operation:?}: all of it was done");
        }
    }

    /// Panics unless the operation was done once.
    pub(super) async fn check(&self, operation: Operation, fault: KeyFault) {
        let when = format!("{operation:?}, {fault:?}");
        self.app.settle().await;
        match operation {
            Operation::Customer => {
                assert_eq!(self.count("/v1/customers", &[("email", "ada@example.com")]).await, 1, "{when}");
            }
            Operation::Session => {
                self.ada.buy(COURSE).await;
                assert_eq!(self.ada.access_reason(COURSE).await, "purchased", "{when}");
            }
            Operation::Expire => {
                assert_eq!(self.count("/v1/checkout/sessions", &[("status", "open")]).await, 1, "{when}");
            }
            Operation::Cancel => assert_eq!(self.subscription().await["cancel_at_period_end"], true, "{when}"),
            Operation::CancelNow => assert_eq!(self.subscription().await["status"], "canceled", "{when}"),
            Operation::Void => {
                assert_eq!(self.subscription().await["status"], "canceled", "{when}");
                assert_eq!(self.count("/v1/invoices", &[("status", "open")]).await, 0, "{when}");
            }
            Operation::Resume | Operation::ResumeDay => {
                let found = self.subscription().await;
                assert_eq!(
                    (&found["cancel_at"], &found["cancel_at_period_end"]),
                    (&Value::Null, &json!(false)),
                    "{when}"
                );
            }
            Operation::Unpause => assert_eq!(self.subscription().await["status"], "active", "{when}"),
            Operation::Change => {
                // One for the beginning, one for the change.
                assert_eq!(self.count("/v1/invoices", &[("status", "paid")]).await, 2, "{when}");
                let shown = self.ada.subscription().await;
                assert_eq!(shown["plan"], "plus", "{when}");
            }
            Operation::ProductCreated => {
                let products = self.app.stripe_list("/v1/products", &[("limit", "100")]).await;
                let named = |product: &&Value| product["metadata"]["tuition_product"] == "vector-retrieval";
                assert_eq!(products.iter().filter(named).count(), 1, "{when}");
            }
            Operation::PriceCreated | Operation::PriceArchived => {
                let keyed = [("lookup_keys[0]", "vector-search_usd"), ("active", "true")];
                assert_eq!(self.count("/v1/prices", &keyed).await, 1, "{when}");
            }
            Operation::Portal | Operation::ProductUpdated | Operation::Endpoint => {}
        }
        assert_eq!(self.app.failures().await, [], "{when}");
    }
}
