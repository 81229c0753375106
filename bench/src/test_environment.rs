//! The environment of the functions: the local stack with DynamoDB and the Stripe stand-in, and learners who buy and
//! get refunds. The stack's own functions are not measured and receive no events; they are the API that the MCP server calls.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use local::{Listeners, Options, Ports, Stack};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use shared::http::gateway::flatten_claims;

use crate::event;
use crate::instance::Instance;
use crate::learner::{COURSE, Learner};

/// The running stack.
pub(crate) struct TestEnvironment {
    stack: Stack,
    http: Client,
}

/// An open checkout session.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    session: String,
    url: String,
}

/// A paid course with its Stripe event.
#[derive(Debug, Clone)]
pub(crate) struct PaidCourse {
    pub(crate) payment_intent: String,
    /// The payload of `checkout.session.completed`.
    pub(crate) completed: String,
}

/// A started subscription with its Stripe events.
#[derive(Debug, Clone)]
pub(crate) struct StartedSubscription {
    /// The payload of `customer.subscription.created`.
    pub(crate) created: String,
    /// The payload of `invoice.paid`.
    pub(crate) paid: String,
}

impl TestEnvironment {
    /// Starts everything in memory, on free ports.
    pub(crate) async fn start() -> Result<Self> {
        let stack = Stack::start(Listeners::bind(Ports::free()).await?, Options::ephemeral()).await?;
        let stand_in = stack.stand_in().context("there is a stand-in for Stripe")?;
        stand_in.wait_for_deliveries().await;
        // Only the measured functions receive events.
        stand_in.pause_deliveries();
        // Do not follow redirects: a redirect means that the payment succeeded.
        let http = Client::builder().redirect(Policy::none()).build()?;
        Ok(Self { stack, http })
    }

    /// The URL of DynamoDB.
    pub(crate) fn dynamodb(&self) -> &str {
        &self.stack.urls().dynamodb
    }

    /// The URL of Stripe.
    pub(crate) fn stripe(&self) -> &str {
        &self.stack.urls().stripe
    }

    /// The store of the stack.
    pub(crate) fn store(&self) -> &shared::store::Store {
        self.stack.store()
    }

    /// The two secrets, by the variable that contains them.
    pub(crate) fn secrets(&self) -> [(&'static str, &str); 2] {
        [("STRIPE_SECRET_KEY", self.stack.stripe_key()), ("STRIPE_WEBHOOK_SECRET", self.stack.webhook_secret())]
    }

    /// The variables that the template sets for every function.
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        let own = [
            ("API_BASE_URL", self.stack.urls().api.as_str()),
            ("APP_ORIGINS", "https://school.example"),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb()),
            ("JWT_ISSUER", &self.stack.identity().issuer),
            ("STRIPE_API_BASE", self.stripe()),
            ("STRIPE_PUBLISHABLE_KEY", "pk_test_tuition"),
        ];
        own.into_iter().chain(self.secrets()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Signs in a new learner.
    pub(crate) fn learner(&self, name: &str) -> Result<Learner> {
        let identity = self.stack.identity();
        let claims = identity.claims(&format!("{name}@example.com"), &[])?;
        let (token, claims) = (identity.sign(&claims)?, flatten_claims(&claims));
        let user = claims.get("sub").context("a token names its subject")?.clone();
        Ok(Learner { user, token, claims })
    }

    /// Reads the checkout session from the response of `POST /checkout/sessions`.
    pub(crate) fn checkout_from_response(answer: &Value) -> Result<Checkout> {
        Ok(Checkout { session: text(&answer["session_id"])?, url: text(&answer["checkout_url"])? })
    }

    /// Buys the course through an instance of `checkout`, and pays.
    pub(crate) async fn buy_course(&self, checkout: &mut Instance, learner: &Learner) -> Result<PaidCourse> {
        let answer = checkout.invoke(&event::create_session(learner)?).await?;
        self.pay_for_course(&Self::checkout_from_response(&answer.json())?).await
    }

    /// Subscribes to the plan through an instance of `checkout`, and pays.
    pub(crate) async fn subscribe_to_plan(
        &self,
        checkout: &mut Instance,
        learner: &Learner,
    ) -> Result<StartedSubscription> {
        let answer = checkout.invoke(&event::create_subscription_session(learner)?).await?;
        self.pay_for_plan(&Self::checkout_from_response(&answer.json())?).await
    }

    /// Pays for the course.
    pub(crate) async fn pay_for_course(&self, checkout: &Checkout) -> Result<PaidCourse> {
        let completed = self.submit_payment_form(checkout).await?;
        Ok(PaidCourse {
            payment_intent: text(&completed["data"]["object"]["payment_intent"])?,
            completed: serde_json::to_string_pretty(&completed)?,
        })
    }

    /// Pays for the plan.
    pub(crate) async fn pay_for_plan(&self, checkout: &Checkout) -> Result<StartedSubscription> {
        let completed = self.submit_payment_form(checkout).await?;
        let subscription = &completed["data"]["object"]["subscription"];
        let created = self.latest_event("customer.subscription.created").await?;
        let paid = self.latest_event("invoice.paid").await?;
        ensure!(created["data"]["object"]["id"] == *subscription, "another subscription was created");
        let of = &paid["data"]["object"]["parent"]["subscription_details"]["subscription"];
        ensure!(of == subscription, "the invoice of another subscription was paid");
        Ok(StartedSubscription {
            created: serde_json::to_string_pretty(&created)?,
            paid: serde_json::to_string_pretty(&paid)?,
        })
    }

    /// Pays by card on the hosted page. Returns `checkout.session.completed`.
    async fn submit_payment_form(&self, checkout: &Checkout) -> Result<Value> {
        let form = [
            ("email", "ada@example.com"),
            ("name", "Ada"),
            ("method", "card"),
            ("card_number", "4242 4242 4242 4242"),
            ("exp", "12/40"),
            ("cvc", "123"),
        ];
        let paid = self.http.post(&checkout.url).form(&form).send().await?;
        ensure!(paid.status() == StatusCode::SEE_OTHER, "the payment was not accepted: {}", paid.status());
        let completed = self.latest_event("checkout.session.completed").await?;
        ensure!(completed["data"]["object"]["id"] == checkout.session.as_str(), "another session was completed");
        Ok(completed)
    }

    /// Refunds the course. Returns the payload of `charge.refunded`.
    pub(crate) async fn refund(&self, paid_course: &PaidCourse) -> Result<String> {
        let form = [("payment_intent", paid_course.payment_intent.as_str())];
        let request = self.http.post(format!("{}/v1/refunds", self.stripe())).form(&form);
        let answer = request.bearer_auth(self.stack.stripe_key()).send().await?;
        ensure!(answer.status().is_success(), "the refund failed: {}", answer.status());
        let refunded = self.latest_event("charge.refunded").await?;
        ensure!(
            refunded["data"]["object"]["payment_intent"] == paid_course.payment_intent.as_str(),
            "another charge was refunded"
        );
        Ok(serde_json::to_string_pretty(&refunded)?)
    }

    /// How long the API takes for the learner's access to the course.
    pub(crate) async fn check_access(&self, learner: &Learner) -> Result<Duration> {
        let request = self.http.get(format!("{}/courses/{COURSE}/access", self.stack.urls().api));
        let started = Instant::now();
        let answer = request.bearer_auth(&learner.token).send().await?;
        let (status, body) = (answer.status(), answer.bytes().await?);
        ensure!(status == StatusCode::OK, "the API answers {status} {body:?}");
        Ok(started.elapsed())
    }

    /// A webhook delivery of the payload, signed now.
    pub(crate) fn signed_delivery(&self, payload: &str) -> Result<Value> {
        event::delivery(payload, self.stack.webhook_secret())
    }

    /// Stripe's last event of a type.
    async fn latest_event(&self, kind: &str) -> Result<Value> {
        let request = self.http.get(format!("{}/v1/events", self.stripe())).query(&[("type", kind), ("limit", "1")]);
        let answer = request.bearer_auth(self.stack.stripe_key()).send().await?;
        let list: Value = serde_json::from_str(&answer.text().await?)?;
        match list["data"].get(0) {
            Some(event) => Ok(event.clone()),
            None => bail!("Stripe has no {kind}"),
        }
    }
}

fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().with_context(|| format!("{value} is not a text"))?.to_owned())
}
