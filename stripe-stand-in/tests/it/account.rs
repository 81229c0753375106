//! A stand-in on a free port, with the operations that tests need.

use std::path::PathBuf;

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use stripe_stand_in::{Clock, Options, StandIn};
use tokio::net::TcpListener;

/// A test key.
const KEY: &str = "sk_test_51StandIn";

/// A stand-in that is served for one test.
pub(super) struct Account {
    pub(super) stand_in: StandIn,
    pub(super) url: String,
    client: Client,
}

/// The response to a submitted form.
#[derive(Debug)]
pub(super) struct FormResponse {
    pub(super) status: StatusCode,
    pub(super) location: String,
    pub(super) page: String,
}

impl Account {
    /// A fresh account in memory.
    pub(super) async fn open() -> Account {
        Account::open_file(None).await
    }

    /// An account on a state file, or in memory without one.
    pub(super) async fn open_file(file: Option<PathBuf>) -> Account {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stand_in = StandIn::open(Options { file, public_url: url.clone(), clock: Clock::default() }).unwrap();
        let router = stand_in.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Account { stand_in, url, client }
    }

    /// Sends a request and returns any response.
    pub(super) async fn call(&self, method: &str, path: &str, form: &str, key: Option<&str>) -> Response {
        let method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(KEY);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let form_encoded = "application/x-www-form-urlencoded";
        request.header("Content-Type", form_encoded).body(form.to_owned()).send().await.unwrap()
    }

    /// A GET request that must succeed.
    pub(super) async fn get(&self, path: &str) -> Value {
        succeeded(self.call("GET", path, "", None).await).await
    }

    /// A POST request that must succeed.
    pub(super) async fn post(&self, path: &str, form: &str) -> Value {
        succeeded(self.call("POST", path, form, None).await).await
    }

    /// A POST request that must be refused. Returns status and error object.
    pub(super) async fn post_refused(&self, path: &str, form: &str) -> (u16, Value) {
        let response = self.call("POST", path, form, None).await;
        let status = response.status().as_u16();
        let mut body: Value = response.json().await.unwrap();
        (status, body["error"].take())
    }

    /// The id of a new payment-mode session over $49.00.
    pub(super) async fn session(&self, more: &str) -> String {
        let product = "line_items[0][price_data][product_data][name]=Course";
        let price = "line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=4900";
        let urls = "success_url=http://shop.test/ok?session={CHECKOUT_SESSION_ID}&cancel_url=http://shop.test/no";
        let form = format!("mode=payment&{urls}&{product}&{price}{more}");
        id(&self.post("/v1/checkout/sessions", &form).await)
    }

    /// Submits the payment form of a session with a card.
    pub(super) async fn pay_by_card(&self, session: &str, number: &str) -> FormResponse {
        let form = format!("email=ann@example.com&method=card&card_number={number}&exp=12/40&cvc=123&name=Ann");
        self.submit(&format!("/c/pay/{session}"), &form).await
    }

    /// Submits a form of a page.
    pub(super) async fn submit(&self, path: &str, form: &str) -> FormResponse {
        let response = self.call("POST", path, form, None).await;
        let location = response.headers().get(LOCATION).map(|url| url.to_str().unwrap().to_owned());
        FormResponse {
            status: response.status(),
            location: location.unwrap_or_default(),
            page: response.text().await.unwrap(),
        }
    }

    /// A payment intent that a working card has paid.
    pub(super) async fn paid_intent(&self, more: &str) -> String {
        let form = format!("amount=4900&currency=usd&confirm=true&payment_method=pm_card_visa{more}");
        id(&self.post("/v1/payment_intents", &form).await)
    }

    /// A recurring price of a new product.
    pub(super) async fn price(&self, amount: i64, interval: &str, more: &str) -> String {
        let product = id(&self.post("/v1/products", "name=Premium").await);
        let form = format!("product={product}&currency=usd&unit_amount={amount}&recurring[interval]={interval}{more}");
        id(&self.post("/v1/prices", &form).await)
    }

    /// A monthly price in another currency.
    pub(super) async fn price_in(&self, currency: &str, amount: i64) -> String {
        let product = id(&self.post("/v1/products", "name=Premium").await);
        let form = format!("product={product}&currency={currency}&unit_amount={amount}&recurring[interval]=month");
        id(&self.post("/v1/prices", &form).await)
    }

    /// A customer whose invoices are charged to a test card, named as in `pm_card_visa`.
    pub(super) async fn customer(&self, card: &str) -> String {
        let customer = id(&self.post("/v1/customers", "email=ann@example.com").await);
        let card = self.card(&customer, card).await;
        let form = format!("invoice_settings[default_payment_method]={card}");
        self.post(&format!("/v1/customers/{customer}"), &form).await;
        customer
    }

    /// A test card, attached to a customer.
    pub(super) async fn card(&self, customer: &str, name: &str) -> String {
        let path = format!("/v1/payment_methods/pm_card_{name}/attach");
        id(&self.post(&path, &format!("customer={customer}")).await)
    }

    /// A new subscription.
    pub(super) async fn subscribe(&self, customer: &str, price: &str, more: &str) -> Value {
        let form = format!("customer={customer}&items[0][price]={price}{more}");
        self.post("/v1/subscriptions", &form).await
    }

    pub(super) async fn subscription(&self, id: &str) -> Value {
        self.get(&format!("/v1/subscriptions/{id}")).await
    }

    /// Advances the account's clock by days.
    pub(super) async fn advance_days(&self, days: i64) {
        self.post("/_stand_in/clock/advance", &format!("seconds={}", days * 86_400)).await;
    }

    /// The id of a new subscription-mode session.
    pub(super) async fn subscription_session(&self, price: &str, more: &str) -> String {
        let urls = "success_url=http://shop.test/ok?session={CHECKOUT_SESSION_ID}&cancel_url=http://shop.test/no";
        let form = format!("mode=subscription&{urls}&line_items[0][price]={price}&line_items[0][quantity]=1{more}");
        id(&self.post("/v1/checkout/sessions", &form).await)
    }

    /// The types of all events so far, oldest first.
    pub(super) async fn event_types(&self) -> Vec<String> {
        let events = self.get("/v1/events?limit=100").await;
        let types = events["data"].as_array().unwrap().iter().rev();
        types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// Types of the events since `earlier` were listed.
    pub(super) async fn event_types_since(&self, earlier: &[String]) -> Vec<String> {
        self.event_types().await.split_off(earlier.len())
    }
}

async fn succeeded(response: Response) -> Value {
    let (status, url) = (response.status(), response.url().clone());
    let body = response.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{url}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// The id of an object.
pub(super) fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}
