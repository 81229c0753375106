//! `catalog.yaml`: what is sold, and what it opens.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use shared::domain::{Category, Course, CourseId, Currency, Money, Product, ProductId};

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not YAML, or not of the documented shape.
    #[error("{0}")]
    Unreadable(String),
    /// Readable, but contradicting itself.
    #[error("{0}")]
    Inconsistent(String),
}

/// The file, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogFile {
    /// Everything that is opened, in the order of the file.
    pub courses: Vec<Course>,
    /// Everything that is sold, in the order of the file; the products' `prices` are empty, Stripe has them.
    pub products: Vec<ListedProduct>,
}

/// A product and what it is to cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProduct {
    /// The product, without Stripe's prices.
    pub product: Product,
    /// One amount per currency.
    pub prices: Vec<Money>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    courses: Vec<Course>,
    products: Vec<RawProduct>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProduct {
    id: ProductId,
    name: String,
    description: String,
    courses: Vec<CourseId>,
    prices: BTreeMap<Currency, i64>,
}

impl CatalogFile {
    /// Reads and checks the text of a file.
    ///
    /// # Errors
    /// With a sentence that says where and what.
    pub fn parse(yaml: &str) -> Result<Self, FileError> {
        let raw: RawFile = serde_saphyr::from_str(yaml).map_err(|error| FileError::Unreadable(error.to_string()))?;
        let products = raw.products.into_iter().map(ListedProduct::from).collect();
        let file = Self { courses: raw.courses, products };
        file.check().map_err(FileError::Inconsistent)?;
        Ok(file)
    }

    fn check(&self) -> Result<(), String> {
        unique("course", self.courses.iter().map(|course| course.id.as_str()))?;
        unique("product", self.products.iter().map(|listed| listed.product.id.as_str()))?;
        for course in &self.courses {
            let of = &course.id;
            unique(&format!("module of {of}"), course.modules.iter().map(|module| module.id.as_str()))?;
            for module in &course.modules {
                unique(&format!("step of {of}/{}", module.id), module.steps.iter().map(|step| step.id.as_str()))?;
            }
        }
        self.products.iter().try_for_each(|listed| self.check_product(listed))
    }

    fn check_product(&self, listed: &ListedProduct) -> Result<(), String> {
        let Product { id, courses, .. } = &listed.product;
        if courses.is_empty() || listed.prices.is_empty() {
            return Err(format!("product {id} needs at least one course and one price"));
        }
        if let Some(price) = listed.prices.iter().find(|price| !(1..=99_999_999).contains(&price.amount)) {
            return Err(format!(
                "product {id} costs {} {}: amounts are whole minor units from 1",
                price.amount, price.currency
            ));
        }
        for wanted in courses {
            match self.courses.iter().find(|course| course.id == *wanted) {
                None => return Err(format!("product {id} opens {wanted}, which is no course")),
                Some(course) if course.category == Category::Free => {
                    return Err(format!("product {id} sells {wanted}, which is free"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

impl From<RawProduct> for ListedProduct {
    fn from(raw: RawProduct) -> Self {
        let RawProduct { id, name, description, courses, prices } = raw;
        let prices = prices.into_iter().map(|(currency, amount)| Money::new(amount, currency)).collect();
        Self {
            product: Product { id, name, description, courses, prices: Vec::new(), plan: None, retired: false },
            prices,
        }
    }
}

fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(format!("there are two {what}s with the id {id}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COURSES: &str =
        "courses: [{id: a, title: A, summary: S, category: alacarte}, {id: f, title: F, summary: S, category: free}]\n";

    fn error(products: &str) -> String {
        CatalogFile::parse(&format!("{COURSES}products: [{products}]")).unwrap_err().to_string()
    }

    #[test]
    fn the_catalog_of_this_repository_is_consistent() {
        let file = CatalogFile::parse(include_str!("../../../catalog.yaml")).unwrap();
        assert!(file.products.iter().all(|listed| listed.prices.len() == 2));
    }

    #[test]
    fn a_contradiction_is_named() {
        assert!(error("{id: p, name: P, description: D, courses: [b], prices: {usd: 1}}").contains("opens b"));
        assert!(error("{id: p, name: P, description: D, courses: [f], prices: {usd: 1}}").contains("which is free"));
        assert!(
            error("{id: p, name: P, description: D, courses: [a], prices: {usd: 0}}").contains("whole minor units")
        );
        assert!(error("{id: p, name: P, description: D, courses: [a], prices: {}}").contains("at least one"));
        let product = "{id: p, name: P, description: D, courses: [a], prices: {usd: 1}}";
        assert!(error(&format!("{product}, {product}")).contains("two products"));
    }

    #[test]
    fn a_title_that_yaml_cuts_at_its_comma_is_noticed() {
        let steps = "[{id: s, title: One, two}]";
        let yaml = format!(
            "courses: [{{id: a, title: A, summary: S, category: track, modules: [{{id: m, title: M, steps: {steps}}}]}}]\nproducts: []"
        );
        assert!(CatalogFile::parse(&yaml).is_err());
    }

    #[test]
    fn an_amount_is_whole_and_a_field_is_known() {
        for prices in ["{usd: 1.5}", "{usd: free}", "{dollars: 1}"] {
            error(&format!("{{id: p, name: P, description: D, courses: [a], prices: {prices}}}"));
        }
        error("{id: p, name: P, description: D, courses: [a], prices: {usd: 1}, discount: 5}");
    }
}
