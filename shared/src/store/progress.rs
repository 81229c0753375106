//! A learner's progress: one item for each course, written together with what statistics count and with the certificate.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use jiff::Timestamp;

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, Item, key_attributes, number_attribute, string_attribute};
use super::keys::{self, Key, PK, PROGRESS_PREFIX, SK};
use super::transaction::{build_error, failed_conditions};
use super::versioned::Versioned;
use crate::domain::{Certificate, CourseId, Progress, UserId};

/// A change of a learner's progress in a course.
#[derive(Debug, Clone, Copy)]
pub struct ProgressChange<'a> {
    /// Whose.
    pub user: &'a UserId,
    /// What was read; `None` when there was nothing.
    pub expected: Option<&'a Versioned<Progress>>,
    /// As it is now.
    pub next: &'a Progress,
    /// A certificate that is new or corrected.
    pub certificate: Option<&'a Certificate>,
}

/// How a change of progress ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressOutcome {
    /// All of it is written.
    Written,
    /// Another writer changed what was read; nothing is written. Read again.
    VersionConflict,
}

impl Store {
    /// A learner's progress in a course, with its version; `None` before the first step. The read is strongly consistent.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn progress(&self, user: &UserId, course: &CourseId) -> Result<Option<Versioned<Progress>>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let answer = get.set_key(Some(key_attributes(&keys::progress(user, course)))).send().await;
        answer.map_err(StoreError::from_sdk)?.item.map(item::from_versioned_item).transpose()
    }

    /// A learner's progress in every course, in the order of the courses' ids, by one strongly consistent Query.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn all_progress(&self, user: &UserId) -> Result<Vec<Progress>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :progress)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", string_attribute(keys::user_partition(user)))
            .expression_attribute_values(":progress", string_attribute(PROGRESS_PREFIX));
        item::query_all_pages(query).await?.into_iter().map(item::from_item).collect()
    }

    /// Writes a change of progress, on condition that it still has the version that was read. A step that was completed or undone
    /// and a course that was completed are written for statistics with it: all or nothing, in one call.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer. Without an answer it may have been written.
    pub async fn write_progress(&self, change: &ProgressChange<'_>) -> Result<ProgressOutcome, StoreError> {
        let write = self.client.transact_write_items().set_transact_items(Some(self.progress_operations(change)?));
        match write.send().await {
            Ok(_) => Ok(ProgressOutcome::Written),
            // A failed condition, or another transaction in the way: both read again.
            Err(error) if failed_conditions(&error).is_some() => Ok(ProgressOutcome::VersionConflict),
            Err(error) => Err(StoreError::from_sdk(error)),
        }
    }

    fn progress_operations(&self, change: &ProgressChange<'_>) -> Result<Vec<TransactWriteItem>, StoreError> {
        let ProgressChange { user, expected, next, certificate } = *change;
        let mut operations = vec![self.put_progress(change)?];
        let before = expected.map(|expected| &expected.value);
        let had = |step: &str| before.is_some_and(|before| before.has_completed(step));
        for (step, at) in next.steps.iter().filter(|(step, _)| !had(step)) {
            operations.push(self.put_completion(&keys::step_completion(user, &next.course, step, *at), *at)?);
        }
        let undone = before.into_iter().flat_map(|before| &before.steps).filter(|(step, _)| !next.has_completed(step));
        for (step, at) in undone {
            operations.push(self.delete_completion(&keys::step_completion(user, &next.course, step, *at))?);
        }
        let was_completed = before.is_some_and(|before| before.completed_at.is_some());
        if let Some(at) = next.completed_at.filter(|_| !was_completed) {
            operations.push(self.put_completion(&keys::course_completion(user, &next.course, at), at)?);
        }
        if let Some(certificate) = certificate {
            let item = item::to_item(&keys::certificate(&certificate.id), certificate)?;
            let put = Put::builder().table_name(&*self.table).set_item(Some(item)).build().map_err(build_error)?;
            operations.push(TransactWriteItem::builder().put(put).build());
        }
        Ok(operations)
    }

    fn put_progress(&self, change: &ProgressChange<'_>) -> Result<TransactWriteItem, StoreError> {
        let version = change.expected.map_or(0, |expected| expected.version);
        let mut item = item::to_item(&keys::progress(change.user, &change.next.course), change.next)?;
        item.insert("version".to_owned(), number_attribute(version.saturating_add(1)));
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = match change.expected {
            None => put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
            Some(_) => put
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":version", number_attribute(version)),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(build_error)?).build())
    }

    fn put_completion(&self, key: &Key, at: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = key_attributes(key);
        item.insert("completed_at".to_owned(), string_attribute(at.to_string()));
        let put = Put::builder().table_name(&*self.table).set_item(Some(item)).build().map_err(build_error)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn delete_completion(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&*self.table).set_key(Some(key_attributes(key)));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(build_error)?).build())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::item::{from_versioned_item, to_item};
    use super::*;

    #[test]
    fn progress_is_read_as_it_was_written() {
        let (user, course) = (UserId::parse("u").unwrap(), CourseId::parse("c").unwrap());
        let now = Timestamp::new(1, 500_000_000).unwrap();
        let steps = BTreeMap::from([("brief".to_owned(), now)]);
        let progress = Progress { steps, completed_at: Some(now), ..Progress::new(course.clone(), now) };
        let mut item = to_item(&keys::progress(&user, &course), &progress).unwrap();
        item.insert("version".to_owned(), number_attribute(3));
        assert_eq!(from_versioned_item(item).unwrap(), Versioned { value: progress, version: 3 });
    }
}
