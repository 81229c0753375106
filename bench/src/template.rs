//! The items that a purchase leaves in the table, to write the same without a function.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};

use crate::floor::TABLE;
use crate::instance::Deployment;
use crate::school::School;
use crate::task::Task;

/// An item, as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The items that a real purchase left in the table: what bare transactions write, under other keys.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    purchase: Item,
    audit: Item,
    slot: Item,
    owner: Item,
}

impl Template {
    /// Lets somebody buy the course, and reads what the webhook has written.
    pub(crate) async fn learn(school: &School, deployment: &Deployment) -> Result<Self> {
        let (mut checkout, mut webhook) = (deployment.start("checkout").await?, deployment.start("webhook").await?);
        let bought = school.buy(&mut checkout, &school.learner("template")?).await?;
        Task::Purchase.check(&webhook.invoke(&school.delivery(&bought.completed)?).await?)?;
        let client = school.store().client();
        let pk = format!("USER#{}", bought.user);
        let owner = format!("STRIPE#{}", bought.intent);
        Ok(Self {
            purchase: one(client, &pk, "ACCESS#PURCHASE#").await?,
            audit: one(client, &pk, "AUDIT#").await?,
            slot: one(client, &pk, "CHECKOUT#").await?,
            owner: one(client, &owner, "OWNER").await?,
        })
    }

    /// A purchase item like the real one, for another learner.
    pub(crate) fn purchase(&self, user: &str, id: &str, product: &str) -> Item {
        let mut item = keyed(&self.purchase, &format!("USER#{user}"), &format!("ACCESS#PURCHASE#{id}"));
        item.insert("id".to_owned(), text(id));
        item.insert("product".to_owned(), text(product));
        item
    }

    /// What a purchase by `user` writes, operation by operation as `store/commit.rs` has it. Its slot is written here,
    /// before anything is measured, as the checkout does it.
    pub(crate) async fn transaction(&self, client: &Client, user: &str) -> Result<Vec<TransactWriteItem>> {
        let (pk, session) = (format!("USER#{user}"), format!("cs_test_{user}"));
        let mut slot = keyed(&self.slot, &pk, "CHECKOUT#bare");
        slot.insert("session".to_owned(), text(&session));
        client.put_item().table_name(TABLE).set_item(Some(slot)).send().await?;
        let event = Item::from([
            ("processed_at".to_owned(), text("2026-01-01T00:00:00.000000Z")),
            ("expires_at".to_owned(), AttributeValue::N("1800000000".to_owned())),
        ]);
        let id = format!("pi_{user}");
        let error = key("WEBHOOK_ERROR#0", &format!("evt_{user}"));
        Ok(vec![
            absent(keyed(&event, &format!("EVENT#evt_{user}"), "PROCESSED"))?,
            TransactWriteItem::builder()
                .delete(Delete::builder().table_name(TABLE).set_key(Some(error)).build()?)
                .build(),
            absent(self.purchase(user, &id, "bare"))?,
            put(keyed(&self.audit, &pk, &format!("AUDIT#2026-01-01T00:00:00.000Z#{id}#1")))?,
            put(keyed(&self.owner, &format!("STRIPE#{id}"), "OWNER"))?,
            put(keyed(&self.owner, &format!("STRIPE#{session}"), "OWNER"))?,
            close(key(&pk, "CHECKOUT#bare"), &session)?,
        ])
    }
}

async fn one(client: &Client, pk: &str, sk: &str) -> Result<Item> {
    let query = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("PK = :pk AND begins_with(SK, :sk)")
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":sk", text(sk));
    let found = query.send().await?.items.unwrap_or_default();
    found.into_iter().next().with_context(|| format!("a purchase writes {pk} {sk}"))
}

fn absent(item: Item) -> Result<TransactWriteItem> {
    let put = Put::builder().table_name(TABLE).set_item(Some(item));
    let put = put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", "PK");
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

fn put(item: Item) -> Result<TransactWriteItem> {
    Ok(TransactWriteItem::builder().put(Put::builder().table_name(TABLE).set_item(Some(item)).build()?).build())
}

fn close(key: Item, session: &str) -> Result<TransactWriteItem> {
    let update = Update::builder()
        .table_name(TABLE)
        .set_key(Some(key))
        .update_expression("SET #state = :closed REMOVE #session")
        .condition_expression("#session = :session")
        .expression_attribute_names("#state", "state")
        .expression_attribute_names("#session", "session")
        .expression_attribute_values(":closed", text("closed"))
        .expression_attribute_values(":session", text(session));
    Ok(TransactWriteItem::builder().update(update.build()?).build())
}

fn key(pk: &str, sk: &str) -> Item {
    keyed(&Item::new(), pk, sk)
}

/// The same attributes under another key.
fn keyed(item: &Item, pk: &str, sk: &str) -> Item {
    let mut item = item.clone();
    item.insert("PK".to_owned(), text(pk));
    item.insert("SK".to_owned(), text(sk));
    item
}

/// A text attribute.
pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}
