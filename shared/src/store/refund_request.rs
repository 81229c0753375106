//! Refund requests: a learner's own, and the operators' lists of them.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, Item, key_attributes, string_attribute};
use super::keys::{self, OPERATOR_LIST, OPERATOR_SORT, OPERATORS_INDEX, PK, REFUND_REQUEST_PREFIX, SK};
use super::versioned::Versioned;
use crate::domain::{PaymentId, RefundRequest, RefundRequestId, RefundRequestStatus, UserId};

/// Where a request is: its key has what a request's id does not say.
#[derive(Debug, Serialize, Deserialize)]
struct RefundRequestOwner {
    user: UserId,
    payment: PaymentId,
    number: u32,
}

/// A request in an operators' list, with its learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRefundRequest {
    /// The learner.
    pub user: UserId,
    /// The request.
    pub request: RefundRequest,
}

/// Some requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequestPage {
    /// The oldest first.
    pub requests: Vec<ListedRefundRequest>,
    /// Whether newer ones follow.
    pub has_more: bool,
}

/// A request as an item, in the operators' list of its status.
pub(super) fn to_item(user: &UserId, request: &RefundRequest) -> Result<Item, StoreError> {
    let mut item = item::to_item(&keys::refund_request(user, &request.payment, request.number), request)?;
    item.insert(OPERATOR_LIST.to_owned(), string_attribute(keys::refund_request_list(request.status)));
    let sort = keys::refund_request_sort(request.created_at, &request.id);
    item.insert(OPERATOR_SORT.to_owned(), string_attribute(sort));
    Ok(item)
}

/// The row that leads from a request's id to the request.
pub(super) fn owner_item(user: &UserId, request: &RefundRequest) -> Result<Item, StoreError> {
    let owner = RefundRequestOwner { user: user.clone(), payment: request.payment.clone(), number: request.number };
    item::to_item(&keys::refund_request_owner(&request.id), &owner)
}

impl Store {
    /// All refund requests of a learner, payment by payment. The read is strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn refund_requests(&self, user: &UserId) -> Result<Vec<Versioned<RefundRequest>>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :request)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", string_attribute(keys::user_partition(user)))
            .expression_attribute_values(":request", string_attribute(REFUND_REQUEST_PREFIX));
        item::query_all_pages(query).await?.into_iter().map(item::from_versioned_item).collect()
    }

    /// A refund request by its id, with its learner and its version. The reads are strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn refund_request(
        &self,
        id: &RefundRequestId,
    ) -> Result<Option<(UserId, Versioned<RefundRequest>)>, StoreError> {
        let Some(owner) = self.get(&keys::refund_request_owner(id)).await? else { return Ok(None) };
        let RefundRequestOwner { user, payment, number } = item::from_item(owner)?;
        let Some(request) = self.get(&keys::refund_request(&user, &payment, number)).await? else { return Ok(None) };
        Ok(Some((user, item::from_versioned_item(request)?)))
    }

    async fn get(&self, key: &keys::Key) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        Ok(get.set_key(Some(key_attributes(key))).send().await.map_err(StoreError::from_sdk)?.item)
    }

    /// At most `limit` requests of all learners that have this status, the oldest first, or those that follow `after`. The index
    /// follows the table after a moment.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn refund_requests_with_status(
        &self,
        status: RefundRequestStatus,
        limit: usize,
        after: Option<(Timestamp, &RefundRequestId)>,
    ) -> Result<RefundRequestPage, StoreError> {
        let query = self.client.query().table_name(&*self.table).index_name(OPERATORS_INDEX);
        let query = query
            .expression_attribute_names("#list", OPERATOR_LIST)
            .expression_attribute_values(":list", string_attribute(keys::refund_request_list(status)));
        let query = match after {
            None => query.key_condition_expression("#list = :list"),
            Some((created_at, id)) => query
                .key_condition_expression("#list = :list AND #sort > :last")
                .expression_attribute_names("#sort", OPERATOR_SORT)
                .expression_attribute_values(":last", string_attribute(keys::refund_request_sort(created_at, id))),
        };
        // One more tells whether there are more.
        let query = query.limit(i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX));
        let answer = query.send().await.map_err(StoreError::from_sdk)?;
        let cut_off = answer.last_evaluated_key.is_some_and(|key| !key.is_empty());
        let mut requests = answer.items.unwrap_or_default().into_iter().map(listed).collect::<Result<Vec<_>, _>>()?;
        let has_more = requests.len() > limit || cut_off;
        requests.truncate(limit);
        Ok(RefundRequestPage { requests, has_more })
    }
}

fn listed(item: Item) -> Result<ListedRefundRequest, StoreError> {
    let user = match item.get(PK) {
        Some(AttributeValue::S(partition)) => UserId::parse(keys::user_id_of_partition(partition)).ok(),
        _ => None,
    };
    let user = user.ok_or_else(|| StoreError::Unreadable { reason: "it is no learner's".to_owned() })?;
    Ok(ListedRefundRequest { user, request: item::from_item(item)? })
}
