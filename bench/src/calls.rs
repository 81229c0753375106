//! How many calls a request costs: one learner's life with proxies in between.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::event;
use crate::instance::{Deployment, Instance};
use crate::proxy::{Call, Proxy};
use crate::school::School;
use crate::task::{Task, functions};

/// The calls of one request, in order.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// DynamoDB's actions.
    pub(crate) store: Vec<String>,
    /// How many items its largest transaction writes.
    pub(crate) items: usize,
    /// Method and path at Stripe.
    pub(crate) stripe: Vec<String>,
}

struct Counter {
    store: Proxy,
    stripe: Proxy,
    instances: BTreeMap<&'static str, Instance>,
    found: BTreeMap<Task, Calls>,
}

/// Counts the calls of every task, on warm instances.
pub(crate) async fn count(school: &School, deployment: &Deployment) -> Result<BTreeMap<Task, Calls>> {
    let (store, stripe) = (Proxy::start(school.dynamodb()).await?, Proxy::start(school.stripe()).await?);
    let deployment = deployment.with([("AWS_ENDPOINT_URL_DYNAMODB", &store.url), ("STRIPE_API_BASE", &stripe.url)]);
    let mut instances = BTreeMap::new();
    for name in functions() {
        instances.insert(name, deployment.start(name).await?);
    }
    let mut counter = Counter { store, stripe, instances, found: BTreeMap::new() };
    let learner = school.learner("counted")?;
    let answer = counter.count(Task::Checkout, &event::create_session(&learner)?).await?;
    let bought = school.pay(&School::checkout(&answer)?).await?;
    counter.count(Task::Purchase, &school.delivery(&bought.completed)?).await?;
    counter.count(Task::Duplicate, &school.delivery(&bought.completed)?).await?;
    counter.count(Task::AccessCheck, &event::check_access(&learner)?).await?;
    counter.count(Task::EntitlementsList, &event::list_entitlements(&learner)?).await?;
    counter.count(Task::Catalog, &event::show_catalog()?).await?;
    let refunded = school.refund(&bought).await?;
    counter.count(Task::Refund, &school.delivery(&refunded)?).await?;
    let answer = counter.instance(Task::Checkout)?.invoke(&event::create_subscription_session(&learner)?).await?;
    let begun = school.begin(&School::checkout(&answer.json())?).await?;
    counter.count(Task::Subscription, &school.delivery(&begun.created)?).await?;
    counter.count(Task::Invoice, &school.delivery(&begun.paid)?).await?;
    counter.count(Task::ShowSubscription, &event::show_subscription(&learner)?).await?;
    counter.count(Task::Usage, &event::consume_usage(&learner)?).await?;
    // The first run hears of everything.
    counter.instance(Task::Reconcile)?.invoke(&event::schedule()?).await?;
    counter.count(Task::Reconcile, &event::schedule()?).await?;
    Ok(counter.found)
}

impl Counter {
    async fn count(&mut self, task: Task, event: &Value) -> Result<Value> {
        // What was called before, during the start, is not the request's.
        let _ = (self.store.take(), self.stripe.take());
        let invoked = self.instance(task)?.invoke(event).await?;
        task.check(&invoked)?;
        let (store, stripe) = (self.store.take(), self.stripe.take());
        let items = store.iter().map(Call::items).max().unwrap_or_default();
        let names = |calls: Vec<Call>| calls.into_iter().map(|Call { name, .. }| name).collect();
        self.found.insert(task, Calls { store: names(store), items, stripe: names(stripe) });
        Ok(invoked.json())
    }

    fn instance(&mut self, task: Task) -> Result<&mut Instance> {
        let instance = self.instances.get_mut(task.function());
        instance.with_context(|| format!("{} is not running", task.function()))
    }
}
