//! Warm invocations. Many learners go the same way: they open a checkout, pay, are let in, look around, want the money
//! back, and subscribe instead. All of them take a step before any takes the next one, and each invocation is followed by
//! the bare function and the bare store calls: whoever is measured was last awake at the same time as its floor.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::Value;

use crate::event;
use crate::baseline::Baseline;
use crate::instance::{BARE, Deployment, Instance};
use crate::learner::Learner;
use crate::test_environment::{PaidCourse, TestEnvironment};
use crate::statistics::Samples;
use crate::table::TABLE;
use crate::task::{Task, functions};
use crate::recorded_writes::{RecordedTransaction, RecordedWrites};

/// Rounds that are thrown away: connections open, code pages load, memory is asked for.
const WARMUP_ROUNDS: usize = 20;
/// As long as Lambda would let it.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(300);

/// One task, its function beside its floor.
#[derive(Debug, Default)]
pub(crate) struct TaskSamples {
    pub(crate) function: Samples,
    pub(crate) function_cpu: Samples,
    pub(crate) bare: Samples,
    pub(crate) bare_cpu: Samples,
    /// The store calls that it cannot do without; none for the catalog, which is in memory.
    pub(crate) store: Samples,
}

/// What a run of warm invocations found.
#[derive(Debug, Default)]
pub(crate) struct WarmResults {
    pub(crate) tasks: BTreeMap<Task, TaskSamples>,
    /// Peak resident memory of each function after all of it, in KiB.
    pub(crate) memory: BTreeMap<&'static str, u64>,
    /// The events that the last run of `reconcile` read.
    pub(crate) caught_up_events: u64,
}

/// The store calls beside a task.
#[derive(Debug, Clone)]
enum StoreCalls {
    None,
    /// One Query, of this learner's facts.
    Query(String),
    /// One Query and one transaction, of this bare learner.
    Write(String, Vec<TransactWriteItem>),
}

impl StoreCalls {
    /// What was recorded, for the bare learner `user`.
    async fn for_recorded(recorded: &RecordedTransaction, school: &TestEnvironment, user: &str) -> Result<Self> {
        Ok(Self::Write(user.to_owned(), recorded.replay(school.store().client(), user).await?))
    }
}

/// The running instances, and what is known so far.
struct WarmRun<'a> {
    floor: &'a Baseline,
    instances: BTreeMap<&'static str, Instance>,
    results: WarmResults,
    /// How many invocations of the running task there were.
    round: usize,
}

/// Plays `rounds` learners.
pub(crate) async fn measure(
    school: &TestEnvironment,
    deployment: &Deployment,
    floor: &Baseline,
    template: &RecordedWrites,
    rounds: usize,
) -> Result<WarmResults> {
    let mut instances = BTreeMap::new();
    for name in functions().into_iter().chain([BARE]) {
        instances.insert(name, deployment.start(name).await?);
    }
    let mut bench = WarmRun { floor, instances, results: WarmResults::default(), round: 0 };
    let names = (0..WARMUP_ROUNDS + rounds).map(|round| school.learner(&format!("warm-{round}")));
    let learners: Vec<Learner> = names.collect::<Result<_>>()?;
    // Each of its runs reads all events of the last minutes.
    bench.measure_reconcile(rounds.div_ceil(10)).await?;
    let bought = bench.measure_purchases(school, template, &learners).await?;
    bench.measure_reads(&learners).await?;
    bench.measure_refunds(school, &bought).await?;
    bench.measure_subscriptions(school, template, &learners).await?;
    bench.results.caught_up_events = bench.catch_up().await?;
    for (name, instance) in bench.instances {
        bench.results.memory.insert(name, instance.peak_memory()?);
        instance.stop().await?;
    }
    Ok(bench.results)
}

impl WarmRun<'_> {
    async fn measure_purchases(&mut self, school: &TestEnvironment, template: &RecordedWrites, learners: &[Learner]) -> Result<Vec<PaidCourse>> {
        let mut checkouts = Vec::new();
        for learner in learners {
            let answer = self.measure(Task::Checkout, &event::create_session(learner)?, StoreCalls::None).await?;
            checkouts.push(TestEnvironment::checkout_from_response(&answer)?);
        }
        let (mut bought, mut writes) = (Vec::new(), Vec::new());
        for (learner, checkout) in learners.iter().zip(&checkouts) {
            bought.push(school.pay_for_course(checkout).await?);
            writes.push(StoreCalls::for_recorded(&template.purchase, school, &format!("bare-{}", learner.user)).await?);
        }
        // The second time, the bare transaction is cancelled by the same condition as the function's.
        for task in [Task::Purchase, Task::Duplicate] {
            for (bought, write) in bought.iter().zip(&writes) {
                self.measure(task, &school.signed_delivery(&bought.completed)?, write.clone()).await?;
            }
        }
        Ok(bought)
    }

    async fn measure_reads(&mut self, learners: &[Learner]) -> Result<()> {
        for learner in learners {
            let query = StoreCalls::Query(learner.user.clone());
            self.measure(Task::AccessCheck, &event::check_access(learner)?, query).await?;
        }
        for learner in learners {
            let query = StoreCalls::Query(learner.user.clone());
            self.measure(Task::EntitlementsList, &event::list_entitlements(learner)?, query).await?;
        }
        for _ in learners {
            self.measure(Task::Catalog, &event::show_catalog()?, StoreCalls::None).await?;
        }
        Ok(())
    }

    async fn measure_refunds(&mut self, school: &TestEnvironment, bought: &[PaidCourse]) -> Result<()> {
        let mut refunds = Vec::new();
        for bought in bought {
            refunds.push(school.refund(bought).await?);
        }
        for refunded in &refunds {
            self.measure(Task::Refund, &school.signed_delivery(refunded)?, StoreCalls::None).await?;
        }
        Ok(())
    }

    async fn measure_subscriptions(&mut self, school: &TestEnvironment, template: &RecordedWrites, learners: &[Learner]) -> Result<()> {
        let mut begun = Vec::new();
        for learner in learners {
            begun.push(school.subscribe_to_plan(self.instance("checkout")?, learner).await?);
        }
        for (learner, begun) in learners.iter().zip(&begun) {
            let write = StoreCalls::for_recorded(&template.subscription, school, &format!("bare-{}", learner.user)).await?;
            self.measure(Task::Subscription, &school.signed_delivery(&begun.created)?, write).await?;
        }
        for begun in &begun {
            self.measure(Task::Invoice, &school.signed_delivery(&begun.paid)?, StoreCalls::None).await?;
        }
        for learner in learners {
            self.measure(Task::ShowSubscription, &event::show_subscription(learner)?, StoreCalls::None).await?;
        }
        for learner in learners {
            let write = StoreCalls::for_recorded(&template.usage, school, &format!("bare-{}", learner.user)).await?;
            self.measure(Task::Usage, &event::consume_usage(learner)?, write).await?;
        }
        Ok(())
    }

    /// Runs with nothing to do, while Stripe's list is short.
    async fn measure_reconcile(&mut self, rounds: usize) -> Result<()> {
        let schedule = event::schedule()?;
        self.instance("reconcile")?.invoke(&schedule).await?;
        for _ in 0..WARMUP_ROUNDS + rounds {
            self.measure(Task::Reconcile, &schedule, StoreCalls::None).await?;
        }
        Ok(())
    }

    /// A run with much to do: most of what happened since was never heard of. How many events it read.
    async fn catch_up(&mut self) -> Result<u64> {
        let invoked = self.instance("reconcile")?.invoke_within(&event::schedule()?, CATCH_UP_TIMEOUT).await?;
        Task::Reconcile.check(&invoked)?;
        Ok(invoked.json()["read"].as_u64().unwrap_or_default())
    }

    /// The function, the bare function with the same event, and the bare store calls, each first in its turn. The
    /// function's answer.
    async fn measure(&mut self, task: Task, event: &Value, calls: StoreCalls) -> Result<Value> {
        self.round = if self.results.tasks.contains_key(&task) { self.round + 1 } else { 0 };
        let mut measured = self.results.tasks.remove(&task).unwrap_or_default();
        if self.round == WARMUP_ROUNDS {
            measured = TaskSamples::default();
        }
        let mut answer = Value::Null;
        for turn in 0..3 {
            match (self.round + turn) % 3 {
                0 => {
                    let invoked = self.instance(task.function())?.invoke(event).await?;
                    task.check(&invoked)?;
                    measured.function.push(invoked.duration);
                    measured.function_cpu.push(invoked.cpu);
                    answer = invoked.json();
                }
                1 => {
                    // It speaks HTTP only.
                    let other = (task == Task::Reconcile).then(event::show_catalog).transpose()?;
                    let invoked = self.instance(BARE)?.invoke(other.as_ref().unwrap_or(event)).await?;
                    measured.bare.push(invoked.duration);
                    measured.bare_cpu.push(invoked.cpu);
                }
                _ => {
                    if let Some(took) = self.measure_store_calls(task, &calls).await? {
                        measured.store.push(took);
                    }
                }
            }
        }
        self.results.tasks.insert(task, measured);
        Ok(answer)
    }

    async fn measure_store_calls(&self, task: Task, calls: &StoreCalls) -> Result<Option<Duration>> {
        Ok(match calls {
            StoreCalls::None => None,
            StoreCalls::Query(user) => Some(self.floor.query(TABLE, user).await?),
            StoreCalls::Write(user, write) => {
                Some(self.floor.query_and_write(user, write.clone(), task == Task::Duplicate).await?)
            }
        })
    }

    fn instance(&mut self, name: &str) -> Result<&mut Instance> {
        self.instances.get_mut(name).ok_or_else(|| anyhow::anyhow!("{name} is not running"))
    }
}
