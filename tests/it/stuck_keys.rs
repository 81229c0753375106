//! Stripe repeats its answer to an idempotency key for a day, a server error like any other. No operation may be locked by
//! that, and none may be done twice.

use cli::catalog::{CatalogFile, push};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shared::config::Lookup;
use shared::fulfil::Context;
use shared::stripe::{self, StripeClient, StripeConfig};

use crate::support::app::{COURSE, Learner, TestApp};
use crate::support::fault_proxy::{FaultProxy, KeyFault};

const CANCEL: &str = "/billing/subscription/cancel";
const RESUME: &str = "/billing/subscription/resume";

/// Everything that changes something at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Customer,
    Session,
    Expire,
    Portal,
    Cancel,
    CancelNow,
    Void,
    Resume,
    ResumeDay,
    Unpause,
    Change,
    ProductCreated,
    ProductUpdated,
    PriceCreated,
    PriceArchived,
    Endpoint,
}

const OPERATIONS: [Operation; 16] = [
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

struct Case {
    app: TestApp,
    proxy: FaultProxy,
    ada: Learner,
    /// The object at Stripe that the operation is about, if there is one before.
    id: String,
}

impl Case {
    async fn of(operation: Operation) -> Self {
        use Operation::{
            Cancel, CancelNow, Change, Customer, Endpoint, Expire, Portal, PriceArchived, PriceCreated, ProductCreated,
            ProductUpdated, Resume, ResumeDay, Session, Unpause, Void,
        };
        let (app, proxy) = TestApp::start_before_stripe().await;
        let ada = app.ada().await;
        let mut case = Self { app, proxy, ada, id: String::new() };
        case.id = match operation {
            Customer | Session | ProductCreated | PriceCreated | Endpoint => String::new(),
            Expire => case.app.checkout(&case.ada, COURSE).await.session,
            ProductUpdated | PriceArchived => {
                let product = case.app.rows_of("CATALOG", &format!("PRODUCT#{COURSE}")).await.remove(0);
                let prices = product["prices"].as_array().unwrap();
                let price = prices.iter().find(|price| price["currency"] == "usd").unwrap();
                let id = if operation == ProductUpdated { &product["stripe_product"] } else { &price["id"] };
                id.as_str().unwrap().to_owned()
            }
            Portal | Cancel | CancelNow | Void | Resume | ResumeDay | Unpause | Change => {
                case.app.subscribe(&case.ada, &json!({"plan_id": "premium", "trial_days": 0})).await
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
                app.pay_with(id, "chargeCustomerFail").await;
                app.advance(std::time::Duration::from_secs(32 * 86_400)).await;
                let subscription = self.subscription().await;
                self.id = subscription["latest_invoice"].as_str().unwrap().to_owned();
            }
            Operation::Resume => {
                app.post(ada, CANCEL, &json!({})).await.expect(200);
            }
            Operation::ResumeDay => {
                let end = self.subscription().await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
                self.app.update(&self.id, &[("cancel_at", &(end - 86_400).to_string())]).await;
            }
            Operation::Unpause => {
                let pause = format!("/v1/subscriptions/{id}/pause");
                app.stripe(Method::POST, &pause, &[("type", "subscription")]).await.expect(200);
                app.settle().await;
            }
            _ => {}
        }
    }

    async fn subscription(&self) -> Value {
        let all = self.app.stripe(Method::GET, "/v1/subscriptions", &[("status", "all")]).await.expect(200);
        all["data"][0].clone()
    }

    async fn count(&self, list: &str, form: &[(&str, &str)]) -> usize {
        let form = [&[("limit", "100")], form].concat();
        self.app.stripe(Method::GET, list, &form).await.expect(200)["data"].as_array().unwrap().len()
    }

    /// The call at Stripe.
    fn action(&self, operation: Operation) -> String {
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

    /// What leads to the call. A learner's wish may be told to try again (503); then it is tried again.
    async fn run(&self, operation: Operation) {
        let (path, wish) = match operation {
            Operation::Customer | Operation::Session => ("/checkout/sessions", json!({"course_id": COURSE})),
            Operation::Expire => ("/checkout/sessions", json!({"course_id": COURSE, "currency": "EUR"})),
            Operation::Portal => ("/billing/portal", json!({})),
            Operation::Cancel | Operation::Void => (CANCEL, json!({})),
            Operation::CancelNow => (CANCEL, json!({"immediately": true})),
            Operation::Resume | Operation::ResumeDay | Operation::Unpause => (RESUME, json!({})),
            Operation::Change => ("/billing/subscription/change", json!({"plan_id": "plus"})),
            _ => return self.operate(operation).await,
        };
        let answer = self.app.post(&self.ada, path, &wish).await;
        assert!(answer.status.is_success(), "{operation:?}: {} {}", answer.status, answer.body);
    }

    /// What an operator does.
    async fn operate(&self, operation: Operation) {
        let yaml = include_str!("../../catalog.yaml");
        let yaml = match operation {
            Operation::ProductCreated => yaml.replace("vector-search", "vector-hunt"),
            Operation::ProductUpdated => yaml.replace("name: Vector Search", "name: Vector Hunt"),
            _ => yaml.replace("usd: 4900", "usd: 5900"),
        };
        let Context { stripe, app, .. } = self.context();
        if operation == Operation::Endpoint {
            let url = "https://example.com/";
            stripe::create_webhook_endpoint(&stripe, &app, url, &["invoice.paid"], "endpoint").await.unwrap();
        } else {
            let file = CatalogFile::parse(&yaml).unwrap();
            assert_ne!(push(&stripe, &app, &file).await.unwrap(), []);
            assert_eq!(push(&stripe, &app, &file).await.unwrap(), [], "{operation:?}: all of it was done");
        }
    }

    /// The operator's tool, before the proxy, too.
    fn context(&self) -> Context {
        let (base, key) = (self.proxy.url().to_owned(), self.app.stack.stripe_key().to_owned());
        let find = |name: &str| match name {
            "STRIPE_API_BASE" => Some(base.clone()),
            "STRIPE_SECRET_KEY" => Some(key.clone()),
            _ => None,
        };
        let config = StripeConfig::from_lookup(&Lookup::new(&find)).unwrap();
        Context { stripe: StripeClient::new(&config).unwrap(), ..self.app.context() }
    }

    /// That it was done, once.
    async fn check(&self, operation: Operation, fault: KeyFault) {
        let when = format!("{operation:?}, {fault:?}");
        self.app.settle().await;
        match operation {
            Operation::Customer => {
                assert_eq!(self.count("/v1/customers", &[("email", "ada@example.com")]).await, 1, "{when}");
            }
            Operation::Session => {
                self.app.buy(&self.ada, COURSE).await;
                assert_eq!(self.app.reason(&self.ada, COURSE).await, "purchased", "{when}");
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
                let shown = self.app.get(&self.ada, "/billing/subscription").await.expect(200);
                assert_eq!(shown["plan"], "plus", "{when}");
            }
            Operation::ProductCreated => {
                let products = self.app.stripe(Method::GET, "/v1/products", &[("limit", "100")]).await.expect(200);
                let named = |product: &&Value| product["metadata"]["tuition_product"] == "vector-hunt";
                assert_eq!(products["data"].as_array().unwrap().iter().filter(named).count(), 1, "{when}");
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

async fn every_operation_survives(fault: KeyFault) {
    for operations in OPERATIONS.chunks(8) {
        join_all(operations.iter().map(async |&operation| {
            let case = Case::of(operation).await;
            let action = case.action(operation);
            case.proxy.inject_into(&action, fault);
            case.run(operation).await;
            assert!(case.proxy.calls().contains(&action), "{operation:?} calls {action}");
            case.check(operation, fault).await;
        }))
        .await;
    }
}

#[tokio::test]
async fn a_server_error_that_stripe_repeats_locks_no_operation() {
    every_operation_survives(KeyFault::FailsBefore).await;
}

#[tokio::test]
async fn what_stripe_did_before_its_server_error_is_not_done_twice() {
    every_operation_survives(KeyFault::FailsAfter).await;
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    every_operation_survives(KeyFault::LosesAnswer).await;
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_asked_for_again_under_the_same_key() {
    every_operation_survives(KeyFault::TakesTooLong).await;
}

/// While Stripe fails at everything, a wish uses up one number at most; when it works again, the wish is fulfilled.
#[tokio::test]
async fn an_outage_leaves_an_operation_that_works_afterwards() {
    let case = Case::of(Operation::Cancel).await;
    let action = case.action(Operation::Cancel);
    for _ in 0..3 {
        case.proxy.inject_into(&action, KeyFault::FailsBefore);
        case.proxy.inject_into(&action, KeyFault::FailsBefore);
    }
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(case.app.post(&case.ada, CANCEL, &json!({})).await.status.as_u16());
    }
    assert_eq!(statuses, [503, 503, 503, 200]);
    assert_eq!(case.subscription().await["cancel_at_period_end"], true);
}
