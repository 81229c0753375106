//! Warm invocations. All learners create a checkout, pay, check their access, complete a step, get a refund, and subscribe. All
//! learners finish a step before the next step. Each invocation is followed by the bare function and the bare store
//! calls, so that both were idle equally long.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::Value;

use crate::baseline::Baseline;
use crate::event;
use crate::instance::{BARE, Deployment, Instance};
use crate::learner::Learner;
use crate::recorded_writes::{RecordedTransaction, RecordedWrites};
use crate::statistics::Samples;
use crate::table::TABLE;
use crate::task::{Task, functions};
use crate::test_environment::{PaidCourse, TestEnvironment};

/// Rounds that are not counted: connections open, code pages load, memory is allocated.
const WARMUP_ROUNDS: usize = 20;
/// Lambda's timeout of the function.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(300);

/// The samples of one task, its bare function and its store calls.
#[derive(Debug, Default)]
pub(crate) struct TaskSamples {
    pub(crate) function: Samples,
    pub(crate) function_cpu: Samples,
    pub(crate) bare: Samples,
    pub(crate) bare_cpu: Samples,
    /// The store calls that the task needs, or the request of the API that it is. None for the catalog, which is in memory.
    pub(crate) store: Samples,
}

/// The results of the warm invocations.
#[derive(Debug, Default)]
pub(crate) struct WarmResults {
    pub(crate) tasks: BTreeMap<Task, TaskSamples>,
    /// Peak resident memory of each function afterwards, in KiB.
    pub(crate) memory: BTreeMap<&'static str, u64>,
    /// How many events the last run of `reconcile` read.
    pub(crate) caught_up_events: u64,
}

/// The bare store calls that correspond to a task.
#[derive(Debug, Clone)]
enum StoreCalls {
    None,
    /// One Query of this learner's facts.
    Query(String),
    /// One Query and one transaction of this learner.
    Write(String, Vec<TransactWriteItem>),
    /// The API's access check for this learner, which makes them.
    AccessCheck(Learner),
}

impl StoreCalls {
    /// A recorded transaction for the learner `user`.
    async fn for_recorded(recorded: &RecordedTransaction, environment: &TestEnvironment, user: &str) -> Result<Self> {
        Ok(Self::Write(user.to_owned(), recorded.replay(environment.store().client(), user).await?))
    }
}

/// The running instances and the results so far.
struct WarmRun<'a> {
    environment: &'a TestEnvironment,
    baseline: &'a Baseline,
    instances: BTreeMap<&'static str, Instance>,
    results: WarmResults,
    /// The number of invocations of the current task.
    round: usize,
}

/// Measures `rounds` learners.
pub(crate) async fn measure(
    environment: &TestEnvironment,
    deployment: &Deployment,
    baseline: &Baseline,
    recorded_writes: &RecordedWrites,
    rounds: usize,
) -> Result<WarmResults> {
    let mut instances = BTreeMap::new();
    for name in functions().into_iter().chain([BARE]) {
        instances.insert(name, deployment.start(name).await?);
    }
    let mut bench = WarmRun { environment, baseline, instances, results: WarmResults::default(), round: 0 };
    let names = (0..WARMUP_ROUNDS + rounds).map(|round| environment.learner(&format!("warm-{round}")));
    let learners: Vec<Learner> = names.collect::<Result<_>>()?;
    // Each run reads all events of the last minutes.
    bench.measure_reconcile(rounds.div_ceil(10)).await?;
    let paid_course = bench.measure_purchases(environment, recorded_writes, &learners).await?;
    bench.measure_reads(&learners).await?;
    bench.measure_learning(environment, recorded_writes, &learners).await?;
    bench.measure_refunds(environment, &paid_course).await?;
    bench.measure_subscriptions(environment, recorded_writes, &learners).await?;
    bench.measure_payment_intents(&learners).await?;
    bench.results.caught_up_events = bench.catch_up().await?;
    for (name, instance) in bench.instances {
        bench.results.memory.insert(name, instance.peak_memory()?);
        instance.stop().await?;
    }
    Ok(bench.results)
}

impl WarmRun<'_> {
    async fn measure_purchases(
        &mut self,
        environment: &TestEnvironment,
        recorded_writes: &RecordedWrites,
        learners: &[Learner],
    ) -> Result<Vec<PaidCourse>> {
        let mut checkouts = Vec::new();
        for learner in learners {
            let answer = self.measure(Task::Checkout, &event::create_session(learner)?, StoreCalls::None).await?;
            checkouts.push(TestEnvironment::checkout_from_response(&answer)?);
        }
        let (mut paid_course, mut writes) = (Vec::new(), Vec::new());
        for (learner, checkout) in learners.iter().zip(&checkouts) {
            paid_course.push(environment.pay_for_course(checkout).await?);
            writes.push(
                StoreCalls::for_recorded(&recorded_writes.purchase, environment, &format!("bare-{}", learner.user))
                    .await?,
            );
        }
        // The second time, the bare transaction is canceled by the same condition as the function's.
        for task in [Task::Purchase, Task::Duplicate] {
            for (paid_course, write) in paid_course.iter().zip(&writes) {
                self.measure(task, &environment.signed_delivery(&paid_course.completed)?, write.clone()).await?;
            }
        }
        Ok(paid_course)
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
        for learner in learners {
            let request = StoreCalls::AccessCheck(learner.clone());
            self.measure(Task::ToolCall, &event::call_tool(learner)?, request).await?;
        }
        Ok(())
    }

    async fn measure_learning(
        &mut self,
        environment: &TestEnvironment,
        recorded_writes: &RecordedWrites,
        learners: &[Learner],
    ) -> Result<()> {
        for learner in learners {
            self.measure(Task::ShowCourse, &event::show_course(learner)?, StoreCalls::None).await?;
        }
        for learner in learners {
            let write =
                StoreCalls::for_recorded(&recorded_writes.step, environment, &format!("bare-{}", learner.user)).await?;
            self.measure(Task::CompleteStep, &event::complete_step(learner)?, write).await?;
        }
        for learner in learners {
            self.measure(Task::Enrollments, &event::list_enrollments(learner)?, StoreCalls::None).await?;
        }
        Ok(())
    }

    async fn measure_refunds(&mut self, environment: &TestEnvironment, paid_course: &[PaidCourse]) -> Result<()> {
        let mut refunds = Vec::new();
        for paid_course in paid_course {
            refunds.push(environment.refund(paid_course).await?);
        }
        for refunded in &refunds {
            self.measure(Task::Refund, &environment.signed_delivery(refunded)?, StoreCalls::None).await?;
        }
        Ok(())
    }

    async fn measure_subscriptions(
        &mut self,
        environment: &TestEnvironment,
        recorded_writes: &RecordedWrites,
        learners: &[Learner],
    ) -> Result<()> {
        let mut started = Vec::new();
        for learner in learners {
            started.push(environment.subscribe_to_plan(self.instance("checkout")?, learner).await?);
        }
        for (learner, started) in learners.iter().zip(&started) {
            let write =
                StoreCalls::for_recorded(&recorded_writes.subscription, environment, &format!("bare-{}", learner.user))
                    .await?;
            self.measure(Task::Subscription, &environment.signed_delivery(&started.created)?, write).await?;
        }
        for started in &started {
            self.measure(Task::Invoice, &environment.signed_delivery(&started.paid)?, StoreCalls::None).await?;
        }
        for learner in learners {
            self.measure(Task::ShowSubscription, &event::show_subscription(learner)?, StoreCalls::None).await?;
        }
        for learner in learners {
            let query = StoreCalls::Query(learner.user.clone());
            self.measure(Task::ListPayments, &event::list_payments(learner)?, query).await?;
        }
        for learner in learners {
            let write =
                StoreCalls::for_recorded(&recorded_writes.usage, environment, &format!("bare-{}", learner.user))
                    .await?;
            self.measure(Task::Usage, &event::consume_usage(learner)?, write).await?;
        }
        Ok(())
    }

    /// The last, because an open checkout of another product would cost the webhook of a purchase a read.
    async fn measure_payment_intents(&mut self, learners: &[Learner]) -> Result<()> {
        for learner in learners {
            self.measure(Task::PaymentIntent, &event::create_payment_intent(learner)?, StoreCalls::None).await?;
        }
        Ok(())
    }

    /// Runs without new events, while Stripe's list is short.
    async fn measure_reconcile(&mut self, rounds: usize) -> Result<()> {
        let schedule = event::schedule()?;
        self.instance("reconcile")?.invoke(&schedule).await?;
        for _ in 0..WARMUP_ROUNDS + rounds {
            self.measure(Task::Reconcile, &schedule, StoreCalls::None).await?;
        }
        Ok(())
    }

    /// A run with many new events. Returns how many events it read.
    async fn catch_up(&mut self) -> Result<u64> {
        let result = self.instance("reconcile")?.invoke_within(&event::schedule()?, CATCH_UP_TIMEOUT).await?;
        Task::Reconcile.check(&result)?;
        Ok(result.json()["read"].as_u64().unwrap_or_default())
    }

    /// Invokes the function, the bare function with the same event, and the bare store calls, in rotating order.
    /// Returns the function's response.
    async fn measure(&mut self, task: Task, event: &Value, calls: StoreCalls) -> Result<Value> {
        self.round = if self.results.tasks.contains_key(&task) { self.round + 1 } else { 0 };
        let mut samples = self.results.tasks.remove(&task).unwrap_or_default();
        if self.round == WARMUP_ROUNDS {
            samples = TaskSamples::default();
        }
        let mut answer = Value::Null;
        for turn in 0..3 {
            match (self.round + turn) % 3 {
                0 => {
                    let result = self.instance(task.function())?.invoke(event).await?;
                    task.check(&result)?;
                    samples.function.push(result.duration);
                    samples.function_cpu.push(result.cpu);
                    answer = result.json();
                }
                1 => {
                    // The bare function accepts HTTP events only.
                    let other = (task == Task::Reconcile).then(event::show_catalog).transpose()?;
                    let result = self.instance(BARE)?.invoke(other.as_ref().unwrap_or(event)).await?;
                    samples.bare.push(result.duration);
                    samples.bare_cpu.push(result.cpu);
                }
                _ => {
                    if let Some(duration) = self.measure_store_calls(task, &calls).await? {
                        samples.store.push(duration);
                    }
                }
            }
        }
        self.results.tasks.insert(task, samples);
        Ok(answer)
    }

    async fn measure_store_calls(&self, task: Task, calls: &StoreCalls) -> Result<Option<Duration>> {
        Ok(match calls {
            StoreCalls::None => None,
            StoreCalls::Query(user) => Some(self.baseline.query(TABLE, user).await?),
            StoreCalls::AccessCheck(learner) => Some(self.environment.check_access(learner).await?),
            StoreCalls::Write(user, write) => {
                Some(self.baseline.query_and_write(user, write.clone(), task == Task::Duplicate).await?)
            }
        })
    }

    fn instance(&mut self, name: &str) -> Result<&mut Instance> {
        self.instances.get_mut(name).ok_or_else(|| anyhow::anyhow!("{name} is not running"))
    }
}
