//! Cold starts: from the start of the process to its first answer.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::event;
use crate::instance::{BARE, Deployment, Instance};
use crate::test_environment::TestEnvironment;
use crate::statistics::Samples;
use crate::task::Task;

/// A function as it is started: which, and where its secrets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StartKind {
    Bare,
    Function(Task),
    /// Its secrets come from Parameter Store.
    WithSecrets(Task),
}

/// Every kind of start, in the order of the report.
pub(crate) const START_KINDS: [StartKind; 10] = [
    StartKind::Bare,
    StartKind::Function(Task::AccessCheck),
    StartKind::Function(Task::EntitlementsList),
    StartKind::Function(Task::Checkout),
    StartKind::Function(Task::Purchase),
    StartKind::Function(Task::ShowSubscription),
    StartKind::Function(Task::Reconcile),
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

/// What the starts of one kind took.
#[derive(Debug, Default)]
pub(crate) struct ColdStarts {
    /// Until the function asked for work.
    pub(crate) init: Samples,
    /// From the first event until its answer.
    pub(crate) first_response: Samples,
    /// Both.
    pub(crate) total: Samples,
}

/// Starts every kind in turn, `rounds` times, each with an event that nobody has seen.
pub(crate) async fn measure(
    school: &TestEnvironment,
    deployment: &Deployment,
    with_secrets: &Deployment,
    rounds: usize,
) -> Result<BTreeMap<StartKind, ColdStarts>> {
    let mut buying = deployment.start("checkout").await?;
    let mut found = BTreeMap::<StartKind, ColdStarts>::new();
    for round in 0..rounds {
        // No kind is always the one after the same other one.
        for start in START_KINDS.iter().cycle().skip(round).take(START_KINDS.len()) {
            let deployment = if matches!(start, StartKind::WithSecrets(_)) { with_secrets } else { deployment };
            let event = first_event(school, &mut buying, *start, round).await?;
            let mut instance = deployment.start(start.function()).await?;
            let invoked = instance.invoke(&event).await?;
            match start {
                // The learner owns nothing yet, which is an answer as well.
                StartKind::Bare
                | StartKind::Function(Task::AccessCheck | Task::EntitlementsList | Task::ShowSubscription)
                | StartKind::WithSecrets(Task::ShowSubscription) => {}
                StartKind::Function(task) | StartKind::WithSecrets(task) => task.check(&invoked)?,
            }
            let starts = found.entry(*start).or_default();
            starts.init.push(instance.init);
            starts.first_response.push(invoked.duration);
            starts.total.push(instance.init + invoked.duration);
            instance.stop().await?;
        }
    }
    Ok(found)
}

async fn first_event(school: &TestEnvironment, buying: &mut Instance, start: StartKind, round: usize) -> Result<Value> {
    let learner = school.learner(&format!("cold-{start:?}-{round}").replace(['(', ')'], "-"))?;
    match start {
        StartKind::Bare => event::check_access(&learner),
        StartKind::Function(task) | StartKind::WithSecrets(task) => match task {
            Task::Checkout => event::create_session(&learner),
            Task::Purchase => school.signed_delivery(&school.buy_course(buying, &learner).await?.completed),
            Task::EntitlementsList => event::list_entitlements(&learner),
            Task::AccessCheck => event::check_access(&learner),
            Task::ShowSubscription => event::show_subscription(&learner),
            Task::Reconcile => event::schedule(),
            other => bail!("{} is not a first event", other.title()),
        },
    }
}
