//! The running stack. Every test has one of its own: table, Stripe, learners and all.

use std::sync::Arc;
use std::time::Duration;

use local::{Listeners, Options, Ports, Stack};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};

use super::dynamodb;
use super::fault_proxy::FaultProxy;
use super::response::TestResponse;

/// The stack. Clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct TestApp {
    pub(crate) stack: Arc<Stack>,
    pub(crate) http: Client,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::ephemeral()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        Self::start_on(Listeners::bind(Ports::free()).await.unwrap(), options).await
    }

    /// A stack whose functions reach DynamoDB only through the proxy. The proxy has counted nothing yet.
    pub(crate) async fn start_with_dynamodb_proxy() -> (Self, FaultProxy) {
        let listeners = Listeners::bind(Ports::free()).await.unwrap();
        let proxy = FaultProxy::start(&dynamodb::endpoint().unwrap_or_else(|| listeners.urls().dynamodb.clone())).await;
        let options = Options { functions_dynamodb_url: Some(proxy.url().to_owned()), ..Options::ephemeral() };
        let app = Self::start_on(listeners, options).await;
        proxy.reset();
        (app, proxy)
    }

    /// A stack whose functions reach Stripe only through the proxy. The proxy has counted nothing yet.
    pub(crate) async fn start_with_stripe_proxy() -> (Self, FaultProxy) {
        Self::start_with_stripe_proxy_and(Options::ephemeral()).await
    }

    /// The same with other options.
    pub(crate) async fn start_with_stripe_proxy_and(options: Options) -> (Self, FaultProxy) {
        let listeners = Listeners::bind(Ports::free()).await.unwrap();
        let proxy = FaultProxy::start(&listeners.urls().stripe).await;
        let options = Options { functions_stripe_url: Some(proxy.url().to_owned()), ..options };
        let app = Self::start_on(listeners, options).await;
        proxy.reset();
        (app, proxy)
    }

    async fn start_on(listeners: Listeners, options: Options) -> Self {
        let stack = Arc::new(Stack::start(listeners, dynamodb::configure(options)).await.unwrap());
        // Redirects are not followed: they say where the learner is sent.
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let app = Self { stack, http };
        app.settle().await;
        app
    }

    /// Calls the API without a token.
    pub(crate) async fn call_without_token(&self, method: Method, path: &str, body: Option<String>) -> TestResponse {
        let mut request = self.http.request(method, format!("{}{path}", self.stack.urls().api));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        TestResponse::read(request.send().await.unwrap()).await
    }

    /// Moves the time of the functions and of Stripe, and waits until every webhook was delivered.
    pub(crate) async fn advance(&self, by: Duration) {
        self.stack.stand_in().unwrap().advance(by).unwrap();
        self.settle().await;
    }

    /// Waits until every webhook was delivered.
    pub(crate) async fn settle(&self) {
        self.stack.stand_in().unwrap().wait_for_deliveries().await;
    }

    /// From now on Stripe delivers no webhook; [`TestApp::deliver`] does it by hand.
    pub(crate) fn hold_webhooks(&self) {
        self.stack.stand_in().unwrap().pause_deliveries();
    }

    /// Stripe delivers webhooks again, those that were held as well.
    pub(crate) fn release_webhooks(&self) {
        self.stack.stand_in().unwrap().resume_deliveries();
    }
}
