//! A learner's access facts: one Query, whatever is asked of them.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, Item, string_attribute};
use super::keys::{
    self, ACCESS_PREFIX, CHECKOUT_PREFIX, PK, REFERRED, REFUND_REQUEST_PREFIX, REFUND_REQUEST_RANGE_END, SK,
};
use super::versioned::Versioned;
use crate::domain::{CheckoutId, CheckoutScope, CreditUse, Fact, Purchase, Referred, RefundRequest, UserId};

/// A learner's facts, with what an event may have to change beside them: open checkouts and refund requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactsAndCheckouts {
    /// All access facts.
    pub facts: Vec<Versioned<Fact>>,
    /// All refund requests, payment by payment.
    pub refund_requests: Vec<Versioned<RefundRequest>>,
    /// By which payment the learner was referred.
    pub referred: Option<Referred>,
    /// The use of credit that the sale names; it is read on its own.
    pub credit_use: Option<Versioned<CreditUse>>,
    /// The sort key of each slot with an open checkout, and the session or payment intent.
    open_checkouts: Vec<(String, String)>,
}

impl FactsAndCheckouts {
    /// Whether this is the open checkout of its slot.
    pub fn is_open_checkout(&self, user: &UserId, scope: &CheckoutScope, checkout: &CheckoutId) -> bool {
        let slot = keys::checkout(user, scope).sk;
        self.open_checkouts.iter().any(|(sort, open)| *sort == slot && open == checkout.as_str())
    }

    /// Whether a slot of another scope has an open checkout.
    pub fn has_open_checkout_beside(&self, user: &UserId, scope: &CheckoutScope) -> bool {
        let slot = keys::checkout(user, scope).sk;
        self.open_checkouts.iter().any(|(sort, _)| *sort != slot)
    }
}

impl Store {
    /// A strongly consistent Query for a learner's access facts and the items that sort behind them, up to the key
    /// `last`.
    pub(super) fn query_facts_until(&self, user: &UserId, last: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :first AND :last")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", string_attribute(keys::user_partition(user)))
            .expression_attribute_values(":first", string_attribute(ACCESS_PREFIX))
            .expression_attribute_values(":last", string_attribute(last))
    }

    /// All access facts of a learner, and the open checkouts, refund requests and referral beside them.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn facts_and_checkouts(&self, user: &UserId) -> Result<FactsAndCheckouts, StoreError> {
        let query = self.query_facts_until(user, REFUND_REQUEST_RANGE_END);
        let mut read = FactsAndCheckouts::default();
        for mut item in item::query_all_pages(query).await? {
            match item.get(SK) {
                Some(AttributeValue::S(sort)) if sort.starts_with(CHECKOUT_PREFIX) => {
                    let open = item.remove("session").or_else(|| item.remove("payment_intent"));
                    if let (Some(AttributeValue::S(open)), Some(AttributeValue::S(sort))) = (open, item.remove(SK)) {
                        read.open_checkouts.push((sort, open));
                    }
                }
                Some(AttributeValue::S(sort)) if sort == REFERRED => read.referred = Some(item::from_item(item)?),
                Some(AttributeValue::S(sort)) if sort.starts_with(REFUND_REQUEST_PREFIX) => {
                    read.refund_requests.push(item::from_versioned_item(item)?);
                }
                _ => read.facts.extend(parse_fact(item)?),
            }
        }
        Ok(read)
    }

    /// All access facts of a learner, to decide something by them. The read is strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn facts(&self, user: &UserId) -> Result<Vec<Fact>, StoreError> {
        Ok(self.versioned_facts(user).await?.into_iter().map(|fact| fact.value).collect())
    }

    /// The same with their versions, to change one of them.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn versioned_facts(&self, user: &UserId) -> Result<Vec<Versioned<Fact>>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :access)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", string_attribute(keys::user_partition(user)))
            .expression_attribute_values(":access", string_attribute(ACCESS_PREFIX));
        item::query_all_pages(query).await?.into_iter().filter_map(|item| parse_fact(item).transpose()).collect()
    }
}

impl Store {
    /// Every learner's purchases, learner by learner. It reads the whole table: for the operator's tool only.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn scan_purchases(&self, mut each: impl FnMut(&str, Vec<Purchase>)) -> Result<(), StoreError> {
        let scan = self.client.scan().table_name(&*self.table).consistent_read(true);
        let scan = scan.filter_expression("begins_with(#sk, :purchase)").expression_attribute_names("#sk", SK);
        let scan = scan.expression_attribute_values(":purchase", string_attribute(keys::PURCHASE_PREFIX));
        let (mut start, mut learner, mut purchases) = (None, String::new(), Vec::new());
        loop {
            let page = scan.clone().set_exclusive_start_key(start).send().await.map_err(StoreError::from_sdk)?;
            // Items of a partition follow each other.
            for item in page.items.unwrap_or_default() {
                let Some(AttributeValue::S(partition)) = item.get(PK).cloned() else { continue };
                if partition != learner {
                    each(keys::user_id_of_partition(&learner), std::mem::take(&mut purchases));
                    learner = partition;
                }
                match item::from_item(item) {
                    Ok(purchase) => purchases.push(purchase),
                    Err(error) => tracing::warn!(%error, "a purchase that cannot be read is passed over"),
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                each(keys::user_id_of_partition(&learner), purchases);
                return Ok(());
            }
        }
    }
}

/// The sort key says which kind of fact it is; one that a later version wrote is passed over.
pub(super) fn parse_fact(item: Item) -> Result<Option<Versioned<Fact>>, StoreError> {
    let sort = match item.get(SK) {
        Some(AttributeValue::S(sort)) => sort.as_str(),
        _ => "",
    };
    match sort.strip_prefix(ACCESS_PREFIX).and_then(|rest| rest.split('#').next()) {
        Some("PURCHASE") => Ok(Some(item::from_versioned_item(item)?.map(Fact::Purchase))),
        Some("SUBSCRIPTION") => Ok(Some(item::from_versioned_item(item)?.map(Fact::Subscription))),
        Some("GRANT") => Ok(Some(item::from_versioned_item(item)?.map(Fact::Grant))),
        kind => {
            tracing::warn!(kind, "a fact of an unknown kind is passed over");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::{Item, from_item};
    use crate::domain::{BillingPeriod, DisputeStatus, InvoiceDispute, InvoiceId, ProductId, Purchase, Subscription};
    use aws_sdk_dynamodb::types::AttributeValue;
    use jiff::Timestamp;
    use serde_json::json;

    #[test]
    fn a_purchase_and_a_subscription_with_old_attribute_names_are_still_read() {
        let since = "2026-01-01T00:00:00Z";
        let old = json!({
            "id": "pi_1", "product": "a", "price": null, "charged": {"amount": 1, "currency": "usd"}, "payment": "paid",
            "refunds": {}, "disputes": {}, "referrer": null, "also": ["b"], "since": since,
        });
        let item: Item = serde_dynamo::to_item(old).unwrap();
        let purchase: Purchase = from_item(item).unwrap();
        assert_eq!(purchase.additional_products, [ProductId::parse("b").unwrap()]);
        let old = json!({
            "id": "sub_1", "product": "a", "price": null, "interval": "month", "status": "active", "period_start": since,
            "period_end": since, "cancel_at_period_end": false, "cancel_at": null, "ended_at": null, "trial_end": null,
            "collection_paused": false, "change_waits_until": since, "since": since,
        });
        let item: Item = serde_dynamo::to_item(old).unwrap();
        let subscription: Subscription = from_item(item).unwrap();
        assert_eq!(subscription.pending_update_expires_at, Some(since.parse().unwrap()));
    }

    #[test]
    fn a_dispute_that_was_written_without_its_period_is_still_read() {
        let old: InvoiceDispute = serde_dynamo::from_attribute_value(AttributeValue::S("lost".to_owned())).unwrap();
        assert_eq!(old, InvoiceDispute { status: DisputeStatus::Lost, period: None, invoice: None });
        let period = BillingPeriod { start: Timestamp::UNIX_EPOCH, end: Timestamp::MAX };
        let new = InvoiceDispute {
            status: DisputeStatus::Lost,
            period: Some(period),
            invoice: InvoiceId::parse("in_1").ok(),
        };
        let written: AttributeValue = serde_dynamo::to_attribute_value(&new).unwrap();
        assert_eq!(serde_dynamo::from_attribute_value::<_, InvoiceDispute>(written).unwrap(), new);
    }
}
