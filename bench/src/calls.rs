//! Counts the calls of each request, with recording proxies in front of DynamoDB and Stripe.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::event;
use crate::instance::{Deployment, Instance};
use crate::proxy::{Proxy, RecordedCall};
use crate::task::{Task, functions};
use crate::test_environment::TestEnvironment;

/// The calls of one request, in order.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// DynamoDB operations.
    pub(crate) store: Vec<String>,
    /// The number of items in the largest transaction.
    pub(crate) items: usize,
    /// Method and path at Stripe.
    pub(crate) stripe: Vec<String>,
}

struct CallCounter {
    store: Proxy,
    stripe: Proxy,
    instances: BTreeMap<&'static str, Instance>,
    calls_by_task: BTreeMap<Task, Calls>,
}

/// Counts the calls of every task, on warm instances.
pub(crate) async fn measure_calls_by_task(
    environment: &TestEnvironment,
    deployment: &Deployment,
) -> Result<BTreeMap<Task, Calls>> {
    let (store, stripe) = (Proxy::start(environment.dynamodb()).await?, Proxy::start(environment.stripe()).await?);
    let deployment = deployment.with([("AWS_ENDPOINT_URL_DYNAMODB", &store.url), ("STRIPE_API_BASE", &stripe.url)]);
    let mut instances = BTreeMap::new();
    for name in functions() {
        instances.insert(name, deployment.start(name).await?);
    }
    let mut counter = CallCounter { store, stripe, instances, calls_by_task: BTreeMap::new() };
    let learner = environment.learner("counted")?;
    let answer = counter.count(Task::Checkout, &event::create_session(&learner)?).await?;
    let paid_course = environment.pay_for_course(&TestEnvironment::checkout_from_response(&answer)?).await?;
    counter.count(Task::Purchase, &environment.signed_delivery(&paid_course.completed)?).await?;
    counter.count(Task::Duplicate, &environment.signed_delivery(&paid_course.completed)?).await?;
    counter.count(Task::AccessCheck, &event::check_access(&learner)?).await?;
    counter.count(Task::EntitlementsList, &event::list_entitlements(&learner)?).await?;
    counter.count(Task::Catalog, &event::show_catalog()?).await?;
    counter.count(Task::ShowCourse, &event::show_course(&learner)?).await?;
    counter.count(Task::CompleteStep, &event::complete_step(&learner)?).await?;
    counter.count(Task::Enrollments, &event::list_enrollments(&learner)?).await?;
    counter.count(Task::ToolCall, &event::call_tool(&learner)?).await?;
    let refunded = environment.refund(&paid_course).await?;
    counter.count(Task::Refund, &environment.signed_delivery(&refunded)?).await?;
    let answer = counter.instance(Task::Checkout)?.invoke(&event::create_subscription_session(&learner)?).await?;
    let started = environment.pay_for_plan(&TestEnvironment::checkout_from_response(&answer.json())?).await?;
    counter.count(Task::Subscription, &environment.signed_delivery(&started.created)?).await?;
    counter.count(Task::Invoice, &environment.signed_delivery(&started.paid)?).await?;
    counter.count(Task::ShowSubscription, &event::show_subscription(&learner)?).await?;
    counter.count(Task::ListPayments, &event::list_payments(&learner)?).await?;
    counter.count(Task::Usage, &event::consume_usage(&learner)?).await?;
    counter.count(Task::PaymentIntent, &event::create_payment_intent(&learner)?).await?;
    // The first run reads all events.
    counter.instance(Task::Reconcile)?.invoke(&event::schedule()?).await?;
    counter.count(Task::Reconcile, &event::schedule()?).await?;
    Ok(counter.calls_by_task)
}

impl CallCounter {
    async fn count(&mut self, task: Task, event: &Value) -> Result<Value> {
        // Ignore calls from before the request, such as those of the init phase.
        let _ = (self.store.take_calls(), self.stripe.take_calls());
        let result = self.instance(task)?.invoke(event).await?;
        task.check(&result)?;
        let (store, stripe) = (self.store.take_calls(), self.stripe.take_calls());
        let items = store.iter().map(RecordedCall::items).max().unwrap_or_default();
        let names = |calls: Vec<RecordedCall>| calls.into_iter().map(|RecordedCall { name, .. }| name).collect();
        self.calls_by_task.insert(task, Calls { store: names(store), items, stripe: names(stripe) });
        Ok(result.json())
    }

    fn instance(&mut self, task: Task) -> Result<&mut Instance> {
        let instance = self.instances.get_mut(task.function());
        instance.with_context(|| format!("{} is not running", task.function()))
    }
}
