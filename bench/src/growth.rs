//! How requests slow down for learners with more facts, in tables with more learners.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use shared::store::table;
use tokio::task::JoinSet;

use crate::baseline::Baseline;
use crate::event;
use crate::instance::{Deployment, Instance};
use crate::learner::{COURSE, Learner};
use crate::recorded_writes::RecordedWrites;
use crate::statistics::Samples;
use crate::table::{Item, TABLE};
use crate::task::Task;
use crate::test_environment::TestEnvironment;

/// The numbers of learners in a table.
pub(crate) const USERS: [usize; 2] = [1_000, 100_000];
/// The numbers of facts of a learner.
pub(crate) const FACTS: [usize; 4] = [1, 10, 100, 1_000];
/// The limit of BatchWriteItem.
const BATCH: usize = 25;
const WARMUP_ROUNDS: usize = 10;

/// Which call is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MeasuredCall {
    AccessCheck,
    EntitlementsList,
    BareQuery,
}

/// Every measured call, in the order of the report.
pub(crate) const MEASURED_CALLS: [MeasuredCall; 3] =
    [MeasuredCall::AccessCheck, MeasuredCall::EntitlementsList, MeasuredCall::BareQuery];

/// A measured call, the number of facts and the number of users.
pub(crate) type Cell = (MeasuredCall, usize, usize);

/// The results of the growth measurement.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    pub(crate) cells: BTreeMap<Cell, Samples>,
    /// Peak resident memory of `courses` and `entitlements` afterwards, in KiB.
    pub(crate) memory: BTreeMap<&'static str, u64>,
}

/// A seeded table and the functions that use it.
struct SeededTable<'a> {
    users: usize,
    table: String,
    baseline: &'a Baseline,
    courses: Instance,
    entitlements: Instance,
}

/// Seeds a table of each size, and measures every learner `rounds` times, in turns.
pub(crate) async fn measure(
    environment: &TestEnvironment,
    deployment: &Deployment,
    baseline: &Baseline,
    recorded_writes: &RecordedWrites,
    rounds: usize,
) -> Result<Growth> {
    let learners: Vec<(usize, Learner)> = FACTS
        .iter()
        .map(|facts| Ok((*facts, environment.learner(&format!("growth-{facts}"))?)))
        .collect::<Result<_>>()?;
    let mut tables = Vec::new();
    for users in USERS {
        let table = format!("{TABLE}-{users}");
        seed(environment, &table, users, &learners, recorded_writes).await?;
        let deployment = deployment.with([("TABLE_NAME", &table)]);
        let (courses, entitlements) = (deployment.start("courses").await?, deployment.start("entitlements").await?);
        tables.push(SeededTable { users, table, baseline, courses, entitlements });
    }
    let mut growth = Growth::default();
    for (facts, learner) in &learners {
        for table in &mut tables {
            for round in 0..WARMUP_ROUNDS + rounds {
                for subject in MEASURED_CALLS {
                    let duration = table.measure(subject, learner).await?;
                    if round >= WARMUP_ROUNDS {
                        growth.cells.entry((subject, *facts, table.users)).or_default().push(duration);
                    }
                }
            }
        }
    }
    for table in tables {
        for (name, instance) in [("courses", table.courses), ("entitlements", table.entitlements)] {
            let peak = growth.memory.entry(name).or_default();
            *peak = instance.peak_memory()?.max(*peak);
            instance.stop().await?;
        }
    }
    Ok(growth)
}

impl SeededTable<'_> {
    async fn measure(&mut self, subject: MeasuredCall, learner: &Learner) -> Result<std::time::Duration> {
        let (task, instance, event) = match subject {
            MeasuredCall::AccessCheck => (Task::AccessCheck, &mut self.courses, event::check_access(learner)?),
            MeasuredCall::EntitlementsList => {
                (Task::EntitlementsList, &mut self.entitlements, event::list_entitlements(learner)?)
            }
            MeasuredCall::BareQuery => return self.baseline.query(&self.table, &learner.user).await,
        };
        let result = instance.invoke(&event).await?;
        task.check(&result)?;
        Ok(result.duration)
    }
}

/// Creates a table with the catalog, `users` learners of one purchase each, and the measured learners.
async fn seed(
    environment: &TestEnvironment,
    name: &str,
    users: usize,
    learners: &[(usize, Learner)],
    recorded_writes: &RecordedWrites,
) -> Result<()> {
    let client = environment.store().client();
    table::create_if_missing(client, name).await?;
    let mut items = catalog_items(client).await?;
    let products: Vec<String> = items.iter().filter_map(product_id).collect();
    items.extend(
        (0..users).map(|user| recorded_writes.purchase_item(&format!("user-{user}"), &format!("pi_{user}"), COURSE)),
    );
    for (facts, learner) in learners {
        // The requested course is always among the purchases.
        let paid_course = std::iter::once(COURSE).chain(products.iter().map(String::as_str).cycle()).take(*facts);
        let purchases = paid_course
            .enumerate()
            .map(|(n, product)| recorded_writes.purchase_item(&learner.user, &format!("pi_{n:04}"), product));
        items.extend(purchases);
    }
    write_items(client, name, items).await
}

/// The product id of a catalog item.
fn product_id(item: &Item) -> Option<String> {
    match item.get("SK") {
        Some(AttributeValue::S(sort)) => sort.strip_prefix("PRODUCT#").map(str::to_owned),
        _ => None,
    }
}

async fn catalog_items(client: &Client) -> Result<Vec<Item>> {
    let query = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("PK = :pk")
        .expression_attribute_values(":pk", AttributeValue::S("CATALOG".to_owned()));
    Ok(query.send().await?.items.unwrap_or_default())
}

/// Writes all items, a few batches at a time.
async fn write_items(client: &Client, table: &str, items: Vec<Item>) -> Result<()> {
    let mut running = JoinSet::new();
    for batch in items.chunks(BATCH) {
        let requests: Vec<WriteRequest> = batch
            .iter()
            .map(|item| {
                let put = PutRequest::builder().set_item(Some(item.clone())).build()?;
                Ok(WriteRequest::builder().put_request(put).build())
            })
            .collect::<Result<_>>()?;
        if running.len() >= 4 {
            running.join_next().await.context("a batch runs")???;
        }
        let write = client.batch_write_item().request_items(table, requests);
        running.spawn(async move {
            let left = write.send().await?.unprocessed_items.unwrap_or_default();
            ensure!(left.is_empty(), "the table did not accept every item");
            Ok::<(), anyhow::Error>(())
        });
    }
    while let Some(batch) = running.join_next().await {
        batch??;
    }
    Ok(())
}
