//! The catalog: read with one Query, kept in the process for a minute.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_types::SdkConfig;
use serde::{Deserialize, Serialize};

use super::connection::{Store, StoreConfig};
use super::error::StoreError;
use super::item::{self, Item, key_attributes, number_attribute, string_attribute};
use super::keys::{self, CATALOG_PARTITION, COURSE_PREFIX, PK, PRODUCT_PREFIX, SK};
use super::versioned::Versioned;
use crate::domain::{Catalog, Course, Product, ProductId};

const CACHE_TTL: Duration = Duration::from_secs(60);

/// A product as the table keeps it: what is sold, and where it stands in Stripe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogProduct {
    /// What learners see.
    #[serde(flatten)]
    pub product: Product,
    /// `prod_..`; `None` until it has been pushed.
    pub stripe_product: Option<String>,
    /// Its place in the offer.
    pub position: u32,
}

impl CatalogProduct {
    pub(super) fn to_item(&self, version: u64) -> Result<Item, StoreError> {
        let mut item = item::to_item(&keys::catalog_product(&self.product.id), self)?;
        item.insert("version".to_owned(), number_attribute(version));
        Ok(item)
    }
}

#[derive(Serialize, Deserialize)]
struct CatalogCourse {
    #[serde(flatten)]
    course: Course,
    position: u32,
}

impl Store {
    /// The store on a table, with the catalog loaded and the connection open. A failure shows in the log, and again as an
    /// answer when a request needs the catalog.
    pub async fn warm(sdk: &SdkConfig, config: &StoreConfig) -> Self {
        let store = Self::new(sdk, config);
        if let Err(error) = store.catalog().await {
            tracing::error!(%error, "the catalog cannot be loaded");
        }
        store
    }

    /// The catalog, at most a minute old. When DynamoDB fails, an older one serves: closing the school over a
    /// price list would be worse.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer, and no catalog was ever read.
    pub async fn catalog(&self) -> Result<Arc<Catalog>, StoreError> {
        let known = self.catalog.get();
        if let Some((read_at, catalog)) = &known
            && read_at.elapsed() < CACHE_TTL
        {
            return Ok(catalog.clone());
        }
        match self.load_catalog().await {
            Ok(catalog) => {
                let catalog = Arc::new(catalog);
                self.catalog.set(Some((Instant::now(), catalog.clone())));
                Ok(catalog)
            }
            Err(error) => match known {
                Some((_, catalog)) => {
                    tracing::warn!(%error, "the catalog cannot be read; an older one serves");
                    Ok(catalog)
                }
                None => Err(error),
            },
        }
    }

    async fn load_catalog(&self) -> Result<Catalog, StoreError> {
        let (mut courses, mut products) = (Vec::new(), Vec::new());
        for item in self.catalog_items().await? {
            match item.get(SK) {
                Some(AttributeValue::S(sort)) if sort.starts_with(COURSE_PREFIX) => {
                    courses.push(item::from_item::<CatalogCourse>(item)?);
                }
                Some(AttributeValue::S(sort)) if sort.starts_with(PRODUCT_PREFIX) => {
                    products.push(item::from_item::<CatalogProduct>(item)?);
                }
                _ => {}
            }
        }
        courses.sort_by_key(|course| course.position);
        products.sort_by_key(|product| product.position);
        let courses = courses.into_iter().map(|stored| stored.course);
        let products = products.into_iter().map(|stored| stored.product);
        Ok(Catalog::new(courses.collect(), products.collect()))
    }

    async fn catalog_items(&self) -> Result<Vec<Item>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", string_attribute(CATALOG_PARTITION));
        item::query_all_pages(query).await
    }

    /// One product with its version, as it is now.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn catalog_product(&self, id: &ProductId) -> Result<Option<Versioned<CatalogProduct>>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let answer = get.set_key(Some(key_attributes(&keys::catalog_product(id)))).send().await;
        answer.map_err(StoreError::from_sdk)?.item.map(item::from_versioned_item).transpose()
    }

    /// Writes the courses, in this order, and removes those that are not among them.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn write_courses(&self, courses: &[Course]) -> Result<(), StoreError> {
        for (position, course) in (0..).zip(courses) {
            let key = keys::catalog_course(course.id.as_str());
            let item = item::to_item(&key, &CatalogCourse { course: course.clone(), position })?;
            let put = self.client.put_item().table_name(&*self.table).set_item(Some(item));
            put.send().await.map_err(StoreError::from_sdk)?;
        }
        let listed: Vec<String> = courses.iter().map(|course| format!("{COURSE_PREFIX}{}", course.id)).collect();
        for mut item in self.catalog_items().await? {
            let Some(AttributeValue::S(sort)) = item.get(SK) else { continue };
            if !sort.starts_with(COURSE_PREFIX) || listed.contains(sort) {
                continue;
            }
            item.retain(|name, _| name == PK || name == SK);
            let delete = self.client.delete_item().table_name(&*self.table).set_key(Some(item));
            delete.send().await.map_err(StoreError::from_sdk)?;
        }
        self.catalog.set(None);
        Ok(())
    }

    /// All products with their versions, retired ones included.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn catalog_products(&self) -> Result<Vec<Versioned<CatalogProduct>>, StoreError> {
        let items = self.catalog_items().await?.into_iter();
        let products = items
            .filter(|item| matches!(item.get(SK), Some(AttributeValue::S(sort)) if sort.starts_with(PRODUCT_PREFIX)));
        products.map(item::from_versioned_item).collect()
    }
}
