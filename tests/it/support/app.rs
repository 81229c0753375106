//! The running stack, with verbs. Every test has a stack of its own: table, Stripe, learners and all.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use local::{Listeners, Options, Ports, Stack, sdk_config};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use shared::config::Lookup;
use shared::fulfil;
use shared::store::{FailedEvent, Store, StoreConfig};
use shared::stripe::{StripeClient, StripeConfig};

use super::dynamodb;
use super::fault_proxy::FaultProxy;

pub(crate) const PAYS: &str = "4242 4242 4242 4242";
pub(crate) const DECLINED: &str = "4000 0000 0000 0002";
pub(crate) const COURSE: &str = "vector-search";
pub(crate) const PRICE_USD: i64 = 4_900;

/// An item as plain JSON.
pub(crate) type Row = Value;

pub(crate) struct TestApp {
    pub(crate) stack: Stack,
    pub(crate) http: Client,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Learner {
    pub(crate) token: String,
    pub(crate) user: String,
}

/// What an HTTP call brought back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }

    /// The problem's stable code, or nothing.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }
}

/// An open checkout.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    pub(crate) session: String,
    pub(crate) url: String,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::ephemeral()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        Self::start_on(Listeners::bind(Ports::free()).await.unwrap(), options).await
    }

    /// A stack whose functions reach DynamoDB only through the proxy. The proxy has counted nothing yet.
    pub(crate) async fn start_behind_proxy() -> (Self, FaultProxy) {
        let listeners = Listeners::bind(Ports::free()).await.unwrap();
        let proxy = FaultProxy::start(&dynamodb::endpoint().unwrap_or_else(|| listeners.urls().dynamodb.clone())).await;
        let options = Options { functions_dynamodb_url: Some(proxy.url().to_owned()), ..Options::ephemeral() };
        let app = Self::start_on(listeners, options).await;
        proxy.reset();
        (app, proxy)
    }

    /// A stack whose functions reach Stripe only through the proxy, which has counted nothing yet.
    pub(crate) async fn start_before_stripe() -> (Self, FaultProxy) {
        let listeners = Listeners::bind(Ports::free()).await.unwrap();
        let proxy = FaultProxy::start(&listeners.urls().stripe).await;
        let options = Options { functions_stripe_url: Some(proxy.url().to_owned()), ..Options::ephemeral() };
        let app = Self::start_on(listeners, options).await;
        proxy.reset();
        (app, proxy)
    }

    async fn start_on(listeners: Listeners, options: Options) -> Self {
        let stack = Stack::start(listeners, dynamodb::place(options)).await.unwrap();
        // A redirect is an answer: it says where the learner is sent.
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let app = Self { stack, http };
        app.settle().await;
        app
    }

    // --- learners ---

    pub(crate) async fn learner(&self, email: &str) -> Learner {
        let url = format!("{}/token", self.stack.urls().identity);
        let answer = Answer::of(self.http.post(url).json(&json!({"email": email})).send().await.unwrap()).await;
        let token = answer.expect(200)["id_token"].as_str().unwrap().to_owned();
        let claims = self.stack.identity().claims(email, &[]).unwrap();
        Learner { token, user: claims["sub"].as_str().unwrap().to_owned() }
    }

    pub(crate) async fn ada(&self) -> Learner {
        self.learner("ada@example.com").await
    }

    // --- the API ---

    pub(crate) async fn get(&self, learner: &Learner, path: &str) -> Answer {
        self.call(Method::GET, Some(learner), path, None).await
    }

    pub(crate) async fn post(&self, learner: &Learner, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, Some(learner), path, Some(body.to_string())).await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        learner: Option<&Learner>,
        path: &str,
        body: Option<String>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.stack.urls().api));
        if let Some(learner) = learner {
            request = request.bearer_auth(&learner.token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn access(&self, learner: &Learner, course: &str) -> Value {
        self.get(learner, &format!("/courses/{course}/access")).await.expect(200)
    }

    /// `purchased`, `not_purchased`, `refunded`, ..: the reason, checked against `has_access`.
    pub(crate) async fn reason(&self, learner: &Learner, course: &str) -> String {
        let access = self.access(learner, course).await;
        let reason = access["because"]["reason"].as_str().unwrap().to_owned();
        let opens = ["purchased", "free_course", "granted", "subscribed"].contains(&reason.as_str());
        assert_eq!(access["has_access"], json!(opens), "{access}");
        reason
    }

    pub(crate) async fn checkout(&self, learner: &Learner, course: &str) -> Checkout {
        self.checkout_of(learner, &json!({"course_id": course})).await
    }

    /// A checkout of whatever the wish names.
    pub(crate) async fn checkout_of(&self, learner: &Learner, wish: &Value) -> Checkout {
        let body = self.post(learner, "/checkout/sessions", wish).await;
        assert!(body.status.is_success(), "{}", body.body);
        let text = |name: &str| body.body[name].as_str().unwrap().to_owned();
        Checkout { session: text("session_id"), url: text("checkout_url") }
    }

    pub(crate) async fn return_page(&self, learner: &Learner, session: &str) -> Answer {
        self.get(learner, &format!("/checkout/sessions/{session}")).await
    }

    // --- Stripe ---

    /// Fills in the hosted page; 303 is a payment, 402 a decline.
    pub(crate) async fn pay(&self, checkout: &Checkout, card: &str) -> StatusCode {
        self.submit(checkout, &[("method", "card"), ("card_number", card), ("exp", "12/40"), ("cvc", "123")]).await
    }

    pub(crate) async fn pay_by_debit(&self, checkout: &Checkout) -> StatusCode {
        self.submit(checkout, &[("method", "bank_debit")]).await
    }

    async fn submit(&self, checkout: &Checkout, fields: &[(&str, &str)]) -> StatusCode {
        let mut form = vec![("email", "ada@example.com"), ("name", "Ada")];
        form.extend(fields);
        self.http.post(&checkout.url).form(&form).send().await.unwrap().status()
    }

    /// Buys the course by card and waits until every webhook was delivered. The payment intent.
    pub(crate) async fn buy(&self, learner: &Learner, course: &str) -> String {
        let checkout = self.checkout(learner, course).await;
        assert_eq!(self.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
        self.settle().await;
        self.intent(&checkout.session).await
    }

    /// Subscribes by card to what the wish names, and waits until every webhook was delivered. The subscription.
    pub(crate) async fn subscribe(&self, learner: &Learner, wish: &Value) -> String {
        let checkout = self.checkout_of(learner, wish).await;
        assert_eq!(self.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
        self.settle().await;
        self.subscription_of(&checkout).await
    }

    /// The subscription that a checkout began.
    pub(crate) async fn subscription_of(&self, checkout: &Checkout) -> String {
        let path = format!("/v1/checkout/sessions/{}", checkout.session);
        let session = self.stripe(Method::GET, &path, &[]).await.expect(200);
        session["subscription"].as_str().unwrap().to_owned()
    }

    /// The session's payment intent.
    pub(crate) async fn intent(&self, session: &str) -> String {
        let session = self.stripe(Method::GET, &format!("/v1/checkout/sessions/{session}"), &[]).await.expect(200);
        session["payment_intent"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn stripe(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.http.request(method.clone(), format!("{}{path}", self.stack.urls().stripe));
        let request = request.bearer_auth(self.stack.stripe_key());
        let request = if method == Method::GET { request.query(form) } else { request.form(form) };
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn refund(&self, intent: &str, fields: &[(&str, &str)]) -> String {
        let mut form = vec![("payment_intent", intent)];
        form.extend(fields);
        let refund = self.stripe(Method::POST, "/v1/refunds", &form).await.expect(200);
        self.settle().await;
        refund["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn dispute(&self, intent: &str, kind: &str) -> String {
        let form = [("payment_intent", intent), ("kind", kind)];
        let dispute = self.stripe(Method::POST, "/_stand_in/disputes", &form).await.expect(200);
        self.settle().await;
        dispute["id"].as_str().unwrap().to_owned()
    }

    /// A button of the stand-in: `refunds/re_1/fail`, `disputes/dp_1/won`, `bank_debits/pi_1/succeed`.
    pub(crate) async fn press(&self, button: &str) {
        let answer = self.stripe(Method::POST, &format!("/_stand_in/{button}"), &[]).await;
        assert!(answer.status.is_success() || answer.status.is_redirection(), "{button}: {}", answer.body);
        self.settle().await;
    }

    /// Moves the time of the functions and of Stripe, and waits until every webhook was delivered.
    pub(crate) async fn advance(&self, by: Duration) {
        self.stack.stand_in().unwrap().advance(by).unwrap();
        self.settle().await;
    }

    /// Waits until no webhook is due.
    pub(crate) async fn settle(&self) {
        self.stack.stand_in().unwrap().settle().await;
    }

    /// Stripe's last hundred events of a type (`*` for any), oldest first.
    pub(crate) async fn events(&self, kind: &str) -> Vec<Value> {
        let form = [("limit", "100"), ("type", kind)];
        let form = if kind == "*" { &form[..1] } else { &form[..] };
        let list = self.stripe(Method::GET, "/v1/events", form).await.expect(200);
        let mut events = list["data"].as_array().unwrap().clone();
        events.reverse();
        events
    }

    /// Everything that Stripe sends from now on waits for [`TestApp::deliver`].
    pub(crate) fn hold(&self) {
        self.stack.stand_in().unwrap().hold_deliveries();
    }

    /// Pays by card while deliveries are held. The payment intent, and its `checkout.session.completed`.
    pub(crate) async fn pay_unheard(&self, learner: &Learner, course: &str) -> (String, Value) {
        let checkout = self.checkout(learner, course).await;
        assert_eq!(self.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
        let intent = self.intent(&checkout.session).await;
        let completed = self.events("checkout.session.completed").await;
        let completed = completed.into_iter().find(|event| event["data"]["object"]["id"] == checkout.session.as_str());
        (intent, completed.unwrap())
    }

    /// The event of a session that sells the same as `like` does, to somebody we have never heard of.
    pub(crate) async fn sell_without_us(&self, like: &Value) -> Value {
        let session = like["data"]["object"]["id"].as_str().unwrap();
        let items = format!("/v1/checkout/sessions/{session}/line_items");
        let items = self.stripe(Method::GET, &items, &[]).await.expect(200);
        let price = items["data"][0]["price"]["id"].as_str().unwrap();
        let form = [
            ("mode", "payment"),
            ("line_items[0][price]", price),
            ("line_items[0][quantity]", "1"),
            ("success_url", "https://example.com/"),
        ];
        let sold = self.stripe(Method::POST, "/v1/checkout/sessions", &form).await.expect(200);
        let text = |name: &str| sold[name].as_str().unwrap().to_owned();
        let checkout = Checkout { session: text("id"), url: text("url") };
        assert_eq!(self.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
        self.events("checkout.session.completed").await.pop().unwrap()
    }

    // --- the webhook ---

    /// Delivers an event as Stripe would, signed now.
    pub(crate) async fn deliver(&self, event: &Value) -> Answer {
        self.deliver_bytes(event.to_string().as_bytes()).await
    }

    pub(crate) async fn deliver_bytes(&self, payload: &[u8]) -> Answer {
        let signature = shared::stripe::sign(self.stack.webhook_secret(), payload, self.stack.clock().now());
        self.deliver_signed(payload, Some(&signature)).await
    }

    pub(crate) async fn deliver_signed(&self, payload: &[u8], signature: Option<&str>) -> Answer {
        let url = format!("{}/", self.stack.urls().webhook);
        let request = self.http.post(url).header("content-type", "application/json; charset=utf-8");
        let request = match signature {
            Some(signature) => request.header("stripe-signature", signature),
            None => request,
        };
        Answer::of(request.body(payload.to_vec()).send().await.unwrap()).await
    }

    // --- the operator ---

    /// What the operator's tool works with, made as it makes it.
    pub(crate) fn context(&self) -> fulfil::Context {
        let (base, key) = (self.stack.urls().stripe.clone(), self.stack.stripe_key().to_owned());
        let find = |name: &str| match name {
            "STRIPE_API_BASE" => Some(base.clone()),
            "STRIPE_SECRET_KEY" => Some(key.clone()),
            _ => None,
        };
        let config = StripeConfig::from_lookup(&Lookup::new(&find)).unwrap();
        fulfil::Context::new(&config, StripeClient::new(&config).unwrap(), self.store())
    }

    // --- the table ---

    pub(crate) fn store(&self) -> Store {
        let sdk = sdk_config(&self.stack.urls().dynamodb);
        let store = Store::new(&sdk, &StoreConfig { table: self.stack.store().table().to_owned() });
        store.with_clock(self.stack.clock().clone())
    }

    /// Every open entry of the error queue.
    pub(crate) async fn failures(&self) -> Vec<FailedEvent> {
        self.store().failed_events().await.unwrap()
    }

    /// The whole table, in the order of its keys.
    pub(crate) async fn rows(&self) -> Vec<Row> {
        let store = self.store();
        let mut rows: Vec<Row> = Vec::new();
        let mut next = None;
        loop {
            let scan = store.client().scan().table_name(store.table()).set_exclusive_start_key(next);
            let page = scan.send().await.unwrap();
            for item in page.items.unwrap_or_default() {
                rows.push(Value::Object(item.into_iter().map(|(name, value)| (name, plain(value))).collect()));
            }
            next = page.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                break;
            }
        }
        rows.sort_by_key(|row| (row["PK"].to_string(), row["SK"].to_string()));
        rows
    }

    /// The rows whose keys begin like this.
    pub(crate) async fn rows_of(&self, pk: &str, sk: &str) -> Vec<Row> {
        let begins = |row: &Row, name: &str, with: &str| row[name].as_str().unwrap_or_default().starts_with(with);
        self.rows().await.into_iter().filter(|row| begins(row, "PK", pk) && begins(row, "SK", sk)).collect()
    }

    /// Every effect that was ever written for the learner, in order.
    pub(crate) async fn effects(&self, learner: &Learner) -> Vec<Value> {
        let entries = self.rows_of(&format!("USER#{}", learner.user), "AUDIT#").await;
        entries.iter().flat_map(|entry| entry["effects"].as_array().unwrap().clone()).collect()
    }
}

fn plain(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::N(number) => serde_json::from_str(&number).unwrap(),
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::L(list) => Value::Array(list.into_iter().map(plain).collect()),
        AttributeValue::M(map) => Value::Object(map.into_iter().map(|(name, value)| (name, plain(value))).collect()),
        AttributeValue::Null(_) => Value::Null,
        other => panic!("no attribute of ours is {other:?}"),
    }
}
