//! Cold starts: from the start of the process to its first answer.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::event;
use crate::instance::{BARE, Deployment, Instance};
use crate::school::School;
use crate::statistics::Samples;
use crate::task::Task;

/// A function as it is started: which, and where its secrets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Start {
    Bare,
    Function(Task),
    /// Its secrets come from Parameter Store.
    WithSecrets(Task),
}

/// Every kind of start, in the order of the report.
pub(crate) const STARTS: [Start; 10] = [
    Start::Bare,
    Start::Function(Task::AccessCheck),
    Start::Function(Task::EntitlementsList),
    Start::Function(Task::Checkout),
    Start::Function(Task::Purchase),
    Start::Function(Task::ShowSubscription),
    Start::Function(Task::Reconcile),
    Start::WithSecrets(Task::Checkout),
    Start::WithSecrets(Task::Purchase),
    Start::WithSecrets(Task::ShowSubscription),
];

impl Start {
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
    pub(crate) first: Samples,
    /// Both.
    pub(crate) together: Samples,
}

/// Starts every kind in turn, `rounds` times, each with an event that nobody has seen.
pub(crate) async fn measure(
    school: &School,
    deployment: &Deployment,
    with_secrets: &Deployment,
    rounds: usize,
) -> Result<BTreeMap<Start, ColdStarts>> {
    let mut buying = deployment.start("checkout").await?;
    let mut found = BTreeMap::<Start, ColdStarts>::new();
    for round in 0..rounds {
        // No kind is always the one after the same other one.
        for start in STARTS.iter().cycle().skip(round).take(STARTS.len()) {
            let deployment = if matches!(start, Start::WithSecrets(_)) { with_secrets } else { deployment };
            let event = first_event(school, &mut buying, *start, round).await?;
            let mut instance = deployment.start(start.function()).await?;
            let invoked = instance.invoke(&event).await?;
            match start {
                // The learner owns nothing yet, which is an answer as well.
                Start::Bare
                | Start::Function(Task::AccessCheck | Task::EntitlementsList | Task::ShowSubscription)
                | Start::WithSecrets(Task::ShowSubscription) => {}
                Start::Function(task) | Start::WithSecrets(task) => task.check(&invoked)?,
            }
            let starts = found.entry(*start).or_default();
            starts.init.push(instance.init);
            starts.first.push(invoked.took);
            starts.together.push(instance.init + invoked.took);
            instance.stop().await?;
        }
    }
    Ok(found)
}

async fn first_event(school: &School, buying: &mut Instance, start: Start, round: usize) -> Result<Value> {
    let learner = school.learner(&format!("cold-{start:?}-{round}").replace(['(', ')'], "-"))?;
    match start {
        Start::Bare => event::check_access(&learner),
        Start::Function(task) | Start::WithSecrets(task) => match task {
            Task::Checkout => event::create_session(&learner),
            Task::Purchase => school.delivery(&school.buy(buying, &learner).await?.completed),
            Task::EntitlementsList => event::list_entitlements(&learner),
            Task::AccessCheck => event::check_access(&learner),
            Task::ShowSubscription => event::show_subscription(&learner),
            Task::Reconcile => event::schedule(),
            other => bail!("{} is not a first event", other.title()),
        },
    }
}
