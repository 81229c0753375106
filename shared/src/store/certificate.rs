//! Certificates: read by their id, by everybody who knows it. They are written with the progress that they certify.

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, key_attributes};
use super::keys;
use crate::domain::{Certificate, CertificateId};

impl Store {
    /// A certificate by its id.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn certificate(&self, id: &CertificateId) -> Result<Option<Certificate>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let answer = get.set_key(Some(key_attributes(&keys::certificate(id)))).send().await;
        answer.map_err(StoreError::from_sdk)?.item.map(item::from_item).transpose()
    }
}
