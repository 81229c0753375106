//! Transactions that are recorded from the functions, to repeat them in the baseline. So the baseline always writes
//! what the functions write.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use serde::Deserialize;
use serde_json::Value;

use crate::event;
use crate::instance::{Deployment, Instance};
use crate::learner::Learner;
use crate::proxy::Proxy;
use crate::table::{Item, TABLE, text};
use crate::task::Task;
use crate::test_environment::TestEnvironment;

/// The transactions of one learner.
#[derive(Debug, Clone)]
pub(crate) struct RecordedWrites {
    pub(crate) purchase: RecordedTransaction,
    pub(crate) subscription: RecordedTransaction,
    pub(crate) usage: RecordedTransaction,
    pub(crate) step: RecordedTransaction,
    /// The item of the purchase.
    purchase_item: Item,
}

/// A recorded transaction of a function.
#[derive(Debug, Clone)]
pub(crate) struct RecordedTransaction {
    /// The request body, as DynamoDB's JSON.
    body: String,
    user: String,
    /// The id of the event that it records, if any.
    event: Option<String>,
    /// The learner's checkout slots before the transaction.
    slots: Vec<Item>,
}

impl RecordedWrites {
    /// Records the transactions of a learner who buys the course, completes a step, subscribes and uses a meter.
    pub(crate) async fn record(environment: &TestEnvironment, deployment: &Deployment) -> Result<Self> {
        let proxy = Proxy::start(environment.dynamodb()).await?;
        let deployment = deployment.with([("AWS_ENDPOINT_URL_DYNAMODB", &proxy.url)]);
        let (mut checkout, mut webhook) = (deployment.start("checkout").await?, deployment.start("webhook").await?);
        let mut entitlements = deployment.start("entitlements").await?;
        let mut courses = deployment.start("courses").await?;
        let learner = environment.learner("template")?;
        let recorder = Recorder { client: environment.store().client(), proxy, learner: &learner };

        let paid_course = environment.buy_course(&mut checkout, &learner).await?;
        let completed = environment.signed_delivery(&paid_course.completed)?;
        let purchase =
            recorder.record(Task::Purchase, &mut webhook, &completed, event_id(&paid_course.completed)?).await?;
        let step = recorder.record(Task::CompleteStep, &mut courses, &event::complete_step(&learner)?, None).await?;
        let started = environment.subscribe_to_plan(&mut checkout, &learner).await?;
        let created = environment.signed_delivery(&started.created)?;
        let subscription =
            recorder.record(Task::Subscription, &mut webhook, &created, event_id(&started.created)?).await?;
        let consumed = event::consume_usage(&learner)?;
        let usage = recorder.record(Task::Usage, &mut entitlements, &consumed, None).await?;

        let facts = items(recorder.client, &learner.user, "ACCESS#PURCHASE#").await?;
        let purchase_item = facts.into_iter().next().context("a purchase writes a fact")?;
        Ok(Self { purchase, subscription, usage, step, purchase_item })
    }

    /// A purchase item like the recorded one, for another learner.
    pub(crate) fn purchase_item(&self, user: &str, id: &str, product: &str) -> Item {
        let mut item = self.purchase_item.clone();
        let own = [
            ("PK", format!("USER#{user}")),
            ("SK", format!("ACCESS#PURCHASE#{id}")),
            ("id", id.to_owned()),
            ("product", product.to_owned()),
        ];
        item.extend(own.map(|(name, value)| (name.to_owned(), text(value))));
        item
    }
}

/// Records the transactions of one learner.
struct Recorder<'a> {
    client: &'a Client,
    proxy: Proxy,
    learner: &'a Learner,
}

impl Recorder<'_> {
    async fn record(
        &self,
        task: Task,
        instance: &mut Instance,
        event: &Value,
        event_id: Option<String>,
    ) -> Result<RecordedTransaction> {
        let slots = items(self.client, &self.learner.user, "ACCESS_CHECKOUT#").await?;
        // Ignore earlier calls.
        drop(self.proxy.take_calls());
        task.check(&instance.invoke(event).await?)?;
        let write = self.proxy.take_calls().into_iter().find(|call| call.name == "TransactWriteItems");
        let write = write.with_context(|| format!("{} writes a transaction", task.title()))?;
        let body = String::from_utf8(write.body.into())?;
        Ok(RecordedTransaction { body, user: self.learner.user.clone(), event: event_id, slots })
    }
}

impl RecordedTransaction {
    /// The same transaction for the learner `user` and another event. Creates the checkout slots that the transaction
    /// closes.
    pub(crate) async fn replay(&self, client: &Client, user: &str) -> Result<Vec<TransactWriteItem>> {
        for slot in &self.slots {
            let mut slot = slot.clone();
            slot.insert("PK".to_owned(), text(format!("USER#{user}")));
            client.put_item().table_name(TABLE).set_item(Some(slot)).send().await?;
        }
        let mut body = self.body.replace(&self.user, user);
        if let Some(event) = &self.event {
            body = body.replace(event, &format!("{event}-{user}"));
        }
        let Transaction { transact_items } = serde_json::from_str(&body)?;
        transact_items.into_iter().map(Operation::into_sdk).collect()
    }
}

/// `TransactWriteItems` on the wire. See
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction {
    transact_items: Vec<Operation>,
}

#[derive(Deserialize)]
enum Operation {
    Put(OperationFields),
    Update(OperationFields),
    Delete(OperationFields),
    ConditionCheck(OperationFields),
}

/// The fields of any operation.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OperationFields {
    item: Option<serde_dynamo::Item>,
    key: Option<serde_dynamo::Item>,
    update_expression: Option<String>,
    condition_expression: Option<String>,
    expression_attribute_names: Option<HashMap<String, String>>,
    expression_attribute_values: Option<serde_dynamo::Item>,
    return_values_on_condition_check_failure: Option<String>,
}

impl Operation {
    fn into_sdk(self) -> Result<TransactWriteItem> {
        /// The fields that all four builders share.
        macro_rules! with_condition {
            ($builder:expr, $parts:ident) => {
                $builder
                    .table_name(TABLE)
                    .set_condition_expression($parts.condition_expression)
                    .set_expression_attribute_names($parts.expression_attribute_names)
                    .set_expression_attribute_values($parts.expression_attribute_values.map(Into::into))
                    .set_return_values_on_condition_check_failure(
                        $parts
                            .return_values_on_condition_check_failure
                            .map(|values| ReturnValuesOnConditionCheckFailure::from(values.as_str())),
                    )
            };
        }
        let write = TransactWriteItem::builder();
        let write = match self {
            Self::Put(parts) => {
                let put = Put::builder().set_item(parts.item.map(Into::into));
                write.put(with_condition!(put, parts).build()?)
            }
            Self::Update(parts) => {
                let update = Update::builder().set_key(parts.key.map(Into::into));
                let update = update.set_update_expression(parts.update_expression);
                write.update(with_condition!(update, parts).build()?)
            }
            Self::Delete(parts) => {
                let delete = Delete::builder().set_key(parts.key.map(Into::into));
                write.delete(with_condition!(delete, parts).build()?)
            }
            Self::ConditionCheck(parts) => {
                let check = ConditionCheck::builder().set_key(parts.key.map(Into::into));
                write.condition_check(with_condition!(check, parts).build()?)
            }
        };
        Ok(write.build())
    }
}

/// The id of Stripe's event.
fn event_id(payload: &str) -> Result<Option<String>> {
    let event: Value = serde_json::from_str(payload)?;
    Ok(Some(event["id"].as_str().context("an event has an id")?.to_owned()))
}

/// A learner's items whose sort key begins with `sort`.
async fn items(client: &Client, user: &str, sort: &str) -> Result<Vec<Item>> {
    let query = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("PK = :pk AND begins_with(SK, :sk)")
        .expression_attribute_values(":pk", text(format!("USER#{user}")))
        .expression_attribute_values(":sk", text(sort));
    Ok(query.send().await?.items.unwrap_or_default())
}
