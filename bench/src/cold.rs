//! Cold starts: from the start of the process to its first response.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use fastrand::Rng;
use serde_json::Value;

use crate::baseline::Baseline;
use crate::event;
use crate::instance::{BARE, Deployment, Instance};
use crate::statistics::Samples;
use crate::table::TABLE;
use crate::task::Task;
use crate::test_environment::TestEnvironment;

/// What is started: the bare function, or a function with its secrets in variables or in Parameter Store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StartKind {
    Bare,
    Function(Task),
    /// Its secrets come from Parameter Store.
    WithSecrets(Task),
}

/// Every kind of start, in the order of the report.
pub(crate) const START_KINDS: [StartKind; 11] = [
    StartKind::Bare,
    StartKind::Function(Task::AccessCheck),
    StartKind::Function(Task::EntitlementsList),
    StartKind::Function(Task::Checkout),
    StartKind::Function(Task::Purchase),
    StartKind::Function(Task::ShowSubscription),
    StartKind::Function(Task::Reconcile),
    StartKind::Function(Task::ToolCall),
    StartKind::WithSecrets(Task::Checkout),
    StartKind::WithSecrets(Task::Purchase),
    StartKind::WithSecrets(Task::ShowSubscription),
];

impl StartKind {
    /// The name of the binary.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Bare => BARE,
            Self::Function(task) | Self::WithSecrets(task) => task.function(),
        }
    }
}

/// The durations of the starts of one kind.
#[derive(Debug, Default)]
pub(crate) struct ColdStarts {
    /// Until the function asked for its first event.
    pub(crate) init: Samples,
    /// From the first event until the response.
    pub(crate) first_response: Samples,
    /// Init and first response.
    pub(crate) total: Samples,
}

/// Starts every kind in a random order, `rounds` times, each with a new event.
pub(crate) async fn measure(
    environment: &TestEnvironment,
    deployment: &Deployment,
    with_secrets: &Deployment,
    baseline: &Baseline,
    rounds: usize,
) -> Result<BTreeMap<StartKind, ColdStarts>> {
    let mut checkout = deployment.start("checkout").await?;
    let mut results = BTreeMap::<StartKind, ColdStarts>::new();
    let mut random = Rng::with_seed(0);
    for round in 0..rounds {
        // A start is faster right after one that has used the same parts, so no kind may always follow the same other one.
        let mut kinds = START_KINDS;
        random.shuffle(&mut kinds);
        for start in kinds {
            let deployment = if matches!(start, StartKind::WithSecrets(_)) { with_secrets } else { deployment };
            let event = first_event(environment, &mut checkout, start, round).await?;
            // DynamoDB's stand-in has been idle, and its first answer would be slow: that time is not the function's.
            baseline.query(TABLE, "nobody").await?;
            let mut instance = deployment.start(start.function()).await?;
            let result = instance.invoke(&event).await?;
            match start {
                // The learner owns nothing yet, which is a valid response here.
                StartKind::Bare
                | StartKind::Function(Task::AccessCheck | Task::EntitlementsList | Task::ShowSubscription)
                | StartKind::WithSecrets(Task::ShowSubscription) => {}
                StartKind::Function(task) | StartKind::WithSecrets(task) => task.check(&result)?,
            }
            let starts = results.entry(start).or_default();
            starts.init.push(instance.init);
            starts.first_response.push(result.duration);
            starts.total.push(instance.init + result.duration);
            instance.stop().await?;
        }
    }
    Ok(results)
}

async fn first_event(
    environment: &TestEnvironment,
    checkout: &mut Instance,
    start: StartKind,
    round: usize,
) -> Result<Value> {
    let learner = environment.learner(&format!("cold-{start:?}-{round}").replace(['(', ')'], "-"))?;
    match start {
        StartKind::Bare => event::check_access(&learner),
        StartKind::Function(task) | StartKind::WithSecrets(task) => match task {
            Task::Checkout => event::create_session(&learner),
            Task::Purchase => environment.signed_delivery(&environment.buy_course(checkout, &learner).await?.completed),
            Task::EntitlementsList => event::list_entitlements(&learner),
            Task::AccessCheck => event::check_access(&learner),
            Task::ShowSubscription => event::show_subscription(&learner),
            Task::Reconcile => event::schedule(),
            Task::ToolCall => event::call_tool(&learner),
            other => bail!("{} is not a first event", other.title()),
        },
    }
}
