//! A learner's progress: one item for each course.

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, key_attributes, string_attribute};
use super::keys::{self, PK, PROGRESS_PREFIX, SK};
use super::versioned::Versioned;
use crate::domain::{CourseId, Progress, UserId};

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
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::super::item::{from_versioned_item, number_attribute, to_item};
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
