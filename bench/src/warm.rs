//! Warm invocations: every learner opens a checkout, pays, is let in, looks around and wants the money back, and each
//! step is invoked beside the bare function and the bare store calls, in turns.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::Value;

use crate::event;
use crate::floor::{Floor, TABLE};
use crate::instance::{BARE, Deployment, FUNCTIONS, Instance};
use crate::school::School;
use crate::statistics::Samples;
use crate::task::Task;
use crate::template::Template;

/// Rounds that are thrown away: connections open, code pages load, memory is asked for.
const UNCOUNTED: usize = 20;

/// One task, its function beside its floor.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) function: Samples,
    pub(crate) function_cpu: Samples,
    pub(crate) bare: Samples,
    pub(crate) bare_cpu: Samples,
    /// The store calls that it cannot do without; none for the catalog, which is in memory.
    pub(crate) store: Samples,
}

/// What a run of warm invocations found.
#[derive(Debug, Default)]
pub(crate) struct Warm {
    pub(crate) tasks: BTreeMap<Task, Measured>,
    /// Peak resident memory of each function after all of it, in KiB.
    pub(crate) memory: BTreeMap<&'static str, u64>,
}

/// The store calls beside a task.
#[derive(Debug, Clone)]
enum Calls {
    None,
    /// One Query, of this learner's facts.
    Query(String),
    /// One Query and one transaction, of this bare learner.
    Write(String, Vec<TransactWriteItem>),
}

/// The running instances, and what is known so far.
struct Bench<'a> {
    school: &'a School,
    floor: &'a Floor,
    instances: BTreeMap<&'static str, Instance>,
    found: Warm,
    round: usize,
}

/// Plays `rounds` learners.
pub(crate) async fn measure(
    school: &School,
    deployment: &Deployment,
    floor: &Floor,
    template: &Template,
    rounds: usize,
) -> Result<Warm> {
    let mut instances = BTreeMap::new();
    for name in FUNCTIONS.into_iter().chain([BARE]) {
        instances.insert(name, deployment.start(name).await?);
    }
    let mut bench = Bench { school, floor, instances, found: Warm::default(), round: 0 };
    for round in 0..UNCOUNTED + rounds {
        if round == UNCOUNTED {
            bench.found.tasks.clear();
        }
        bench.round = round;
        bench.learner(template).await?;
    }
    for (name, instance) in bench.instances {
        bench.found.memory.insert(name, instance.peak_memory()?);
        instance.stop().await?;
    }
    Ok(bench.found)
}

impl Bench<'_> {
    /// One learner's life.
    async fn learner(&mut self, template: &Template) -> Result<()> {
        let (school, bare_user) = (self.school, format!("bare-{}", self.round));
        let learner = school.learner(&format!("warm-{}", self.round))?;
        let query = || Calls::Query(learner.user.clone());
        let answer = self.measure(Task::Checkout, &event::create_session(&learner)?, Calls::None).await?;
        let bought = school.pay(&learner, &School::checkout(&answer)?).await?;
        let write = template.transaction(school.store().client(), &bare_user).await?;
        let write = Calls::Write(bare_user, write);
        self.measure(Task::Purchase, &school.delivery(&bought.completed)?, write.clone()).await?;
        // The bare transaction is cancelled by the same condition as the function's.
        self.measure(Task::Duplicate, &school.delivery(&bought.completed)?, write).await?;
        self.measure(Task::AccessCheck, &event::check_access(&learner)?, query()).await?;
        self.measure(Task::EntitlementsList, &event::list_entitlements(&learner)?, query()).await?;
        self.measure(Task::Catalog, &event::show_catalog()?, Calls::None).await?;
        let refunded = school.refund(&bought).await?;
        self.measure(Task::Refund, &school.delivery(&refunded)?, Calls::None).await?;
        Ok(())
    }

    /// The function, the bare function with the same event, and the bare store calls, each first in its turn. The
    /// function's answer.
    async fn measure(&mut self, task: Task, event: &Value, calls: Calls) -> Result<Value> {
        let mut measured = self.found.tasks.remove(&task).unwrap_or_default();
        let mut answer = Value::Null;
        for turn in 0..3 {
            match (self.round + turn) % 3 {
                0 => {
                    let invoked = self.instance(task.function())?.invoke(event).await?;
                    task.check(&invoked)?;
                    measured.function.push(invoked.took);
                    measured.function_cpu.push(invoked.cpu);
                    answer = invoked.json();
                }
                1 => {
                    let invoked = self.instance(BARE)?.invoke(event).await?;
                    measured.bare.push(invoked.took);
                    measured.bare_cpu.push(invoked.cpu);
                }
                _ => {
                    if let Some(took) = self.call(&calls).await? {
                        measured.store.push(took);
                    }
                }
            }
        }
        self.found.tasks.insert(task, measured);
        Ok(answer)
    }

    async fn call(&self, calls: &Calls) -> Result<Option<Duration>> {
        Ok(match calls {
            Calls::None => None,
            Calls::Query(user) => Some(self.floor.query(TABLE, user).await?),
            Calls::Write(user, write) => Some(self.floor.query_and_write(user, write.clone()).await?),
        })
    }

    fn instance(&mut self, name: &str) -> Result<&mut Instance> {
        self.instances.get_mut(name).ok_or_else(|| anyhow::anyhow!("{name} is not running"))
    }
}
