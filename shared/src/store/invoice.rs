//! A learner's invoices, the newest first.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, key_attributes, string_attribute};
use super::keys::{self, INVOICE_PREFIX, PK, SK};
use crate::domain::{Invoice, InvoiceId, UserId};

/// Some invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePage {
    /// The newest first.
    pub invoices: Vec<Invoice>,
    /// Whether older ones follow.
    pub has_more: bool,
}

impl Store {
    /// At most `limit` invoices of a learner: the newest ones, or those that follow the one that was created `after`.
    /// One Query, however many there are.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn invoices(
        &self,
        user: &UserId,
        limit: usize,
        after: Option<(Timestamp, &InvoiceId)>,
    ) -> Result<InvoicePage, StoreError> {
        let start = after.map(|(created, id)| key_attributes(&keys::invoice(user, created, id)));
        let query = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :invoice)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", string_attribute(keys::user_partition(user)))
            .expression_attribute_values(":invoice", string_attribute(INVOICE_PREFIX))
            .scan_index_forward(false)
            .set_exclusive_start_key(start)
            // One more tells whether there are more.
            .limit(i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX));
        let answer = query.send().await.map_err(StoreError::from_sdk)?;
        let cut_off = answer.last_evaluated_key.is_some_and(|key: HashMap<String, AttributeValue>| !key.is_empty());
        let mut invoices =
            answer.items.unwrap_or_default().into_iter().map(item::from_item).collect::<Result<Vec<_>, _>>()?;
        let has_more = invoices.len() > limit || cut_off;
        invoices.truncate(limit);
        Ok(InvoicePage { invoices, has_more })
    }
}
