//! Warm invocations. Many learners go the same way: they open a checkout, pay, are let in, look around, want the money
//! back, and subscribe instead. All of them take a step before any takes the next one, and each invocation is followed by
//! the bare function and the bare store calls: whoever is measured was last awake at the same time as its floor.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::Value;

use crate::event;
use crate::floor::Floor;
use crate::instance::{BARE, Deployment, Instance};
use crate::learner::Learner;
use crate::school::{Bought, School};
use crate::statistics::Samples;
use crate::table::TABLE;
use crate::task::{Task, functions};
use crate::template::{Recorded, Template};

/// Rounds that are thrown away: connections open, code pages load, memory is asked for.
const UNCOUNTED: usize = 20;
/// As long as Lambda would let it.
const CATCHES_UP: Duration = Duration::from_secs(300);

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
    /// The events that the last run of `reconcile` read.
    pub(crate) caught_up: u64,
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

impl Calls {
    /// What was recorded, for the bare learner `user`.
    async fn write(recorded: &Recorded, school: &School, user: &str) -> Result<Self> {
        Ok(Self::Write(user.to_owned(), recorded.replay(school.store().client(), user).await?))
    }
}

/// The running instances, and what is known so far.
struct Bench<'a> {
    floor: &'a Floor,
    instances: BTreeMap<&'static str, Instance>,
    found: Warm,
    /// How many invocations of the running task there were.
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
    for name in functions().into_iter().chain([BARE]) {
        instances.insert(name, deployment.start(name).await?);
    }
    let mut bench = Bench { floor, instances, found: Warm::default(), round: 0 };
    let names = (0..UNCOUNTED + rounds).map(|round| school.learner(&format!("warm-{round}")));
    let learners: Vec<Learner> = names.collect::<Result<_>>()?;
    // Each of its runs reads all events of the last minutes.
    bench.reconcile(rounds.div_ceil(10)).await?;
    let bought = bench.buy(school, template, &learners).await?;
    bench.look_around(&learners).await?;
    bench.give_back(school, &bought).await?;
    bench.subscribe(school, template, &learners).await?;
    bench.found.caught_up = bench.catch_up().await?;
    for (name, instance) in bench.instances {
        bench.found.memory.insert(name, instance.peak_memory()?);
        instance.stop().await?;
    }
    Ok(bench.found)
}

impl Bench<'_> {
    async fn buy(&mut self, school: &School, template: &Template, learners: &[Learner]) -> Result<Vec<Bought>> {
        let mut checkouts = Vec::new();
        for learner in learners {
            let answer = self.measure(Task::Checkout, &event::create_session(learner)?, Calls::None).await?;
            checkouts.push(School::checkout(&answer)?);
        }
        let (mut bought, mut writes) = (Vec::new(), Vec::new());
        for (learner, checkout) in learners.iter().zip(&checkouts) {
            bought.push(school.pay(checkout).await?);
            writes.push(Calls::write(&template.purchase, school, &format!("bare-{}", learner.user)).await?);
        }
        // The second time, the bare transaction is cancelled by the same condition as the function's.
        for task in [Task::Purchase, Task::Duplicate] {
            for (bought, write) in bought.iter().zip(&writes) {
                self.measure(task, &school.delivery(&bought.completed)?, write.clone()).await?;
            }
        }
        Ok(bought)
    }

    async fn look_around(&mut self, learners: &[Learner]) -> Result<()> {
        for learner in learners {
            let query = Calls::Query(learner.user.clone());
            self.measure(Task::AccessCheck, &event::check_access(learner)?, query).await?;
        }
        for learner in learners {
            let query = Calls::Query(learner.user.clone());
            self.measure(Task::EntitlementsList, &event::list_entitlements(learner)?, query).await?;
        }
        for _ in learners {
            self.measure(Task::Catalog, &event::show_catalog()?, Calls::None).await?;
        }
        Ok(())
    }

    async fn give_back(&mut self, school: &School, bought: &[Bought]) -> Result<()> {
        let mut refunds = Vec::new();
        for bought in bought {
            refunds.push(school.refund(bought).await?);
        }
        for refunded in &refunds {
            self.measure(Task::Refund, &school.delivery(refunded)?, Calls::None).await?;
        }
        Ok(())
    }

    async fn subscribe(&mut self, school: &School, template: &Template, learners: &[Learner]) -> Result<()> {
        let mut begun = Vec::new();
        for learner in learners {
            begun.push(school.subscribe(self.instance("checkout")?, learner).await?);
        }
        for (learner, begun) in learners.iter().zip(&begun) {
            let write = Calls::write(&template.subscription, school, &format!("bare-{}", learner.user)).await?;
            self.measure(Task::Subscription, &school.delivery(&begun.created)?, write).await?;
        }
        for begun in &begun {
            self.measure(Task::Invoice, &school.delivery(&begun.paid)?, Calls::None).await?;
        }
        for learner in learners {
            self.measure(Task::ShowSubscription, &event::show_subscription(learner)?, Calls::None).await?;
        }
        for learner in learners {
            let write = Calls::write(&template.usage, school, &format!("bare-{}", learner.user)).await?;
            self.measure(Task::Usage, &event::consume_usage(learner)?, write).await?;
        }
        Ok(())
    }

    /// Runs with nothing to do, while Stripe's list is short.
    async fn reconcile(&mut self, rounds: usize) -> Result<()> {
        let schedule = event::schedule()?;
        self.instance("reconcile")?.invoke(&schedule).await?;
        for _ in 0..UNCOUNTED + rounds {
            self.measure(Task::Reconcile, &schedule, Calls::None).await?;
        }
        Ok(())
    }

    /// A run with much to do: most of what happened since was never heard of. How many events it read.
    async fn catch_up(&mut self) -> Result<u64> {
        let invoked = self.instance("reconcile")?.invoke_within(&event::schedule()?, CATCHES_UP).await?;
        Task::Reconcile.check(&invoked)?;
        Ok(invoked.json()["read"].as_u64().unwrap_or_default())
    }

    /// The function, the bare function with the same event, and the bare store calls, each first in its turn. The
    /// function's answer.
    async fn measure(&mut self, task: Task, event: &Value, calls: Calls) -> Result<Value> {
        self.round = if self.found.tasks.contains_key(&task) { self.round + 1 } else { 0 };
        let mut measured = self.found.tasks.remove(&task).unwrap_or_default();
        if self.round == UNCOUNTED {
            measured = Measured::default();
        }
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
                    // It speaks HTTP only.
                    let other = (task == Task::Reconcile).then(event::show_catalog).transpose()?;
                    let invoked = self.instance(BARE)?.invoke(other.as_ref().unwrap_or(event)).await?;
                    measured.bare.push(invoked.took);
                    measured.bare_cpu.push(invoked.cpu);
                }
                _ => {
                    if let Some(took) = self.call(task, &calls).await? {
                        measured.store.push(took);
                    }
                }
            }
        }
        self.found.tasks.insert(task, measured);
        Ok(answer)
    }

    async fn call(&self, task: Task, calls: &Calls) -> Result<Option<Duration>> {
        Ok(match calls {
            Calls::None => None,
            Calls::Query(user) => Some(self.floor.query(TABLE, user).await?),
            Calls::Write(user, write) => {
                Some(self.floor.query_and_write(user, write.clone(), task == Task::Duplicate).await?)
            }
        })
    }

    fn instance(&mut self, name: &str) -> Result<&mut Instance> {
        self.instances.get_mut(name).ok_or_else(|| anyhow::anyhow!("{name} is not running"))
    }
}
