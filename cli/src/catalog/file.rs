//! `catalog.yaml`: the courses, products and plans.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::domain::{Category, Course, CourseId, Currency, Money, Product, ProductId};

mod course;
#[cfg(test)]
mod course_tests;
mod plan;
#[cfg(test)]
mod plan_tests;

use course::{RawCourse, require_unique};
use plan::RawPlan;

use super::file_product::{FileProduct, file_prices};

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not YAML, or not of the documented shape.
    #[error("{0}")]
    Unreadable(String),
    /// The file contradicts itself.
    #[error("{0}")]
    Inconsistent(String),
}

/// The parsed and checked file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogFile {
    /// All courses, in the order of the file.
    pub courses: Vec<Course>,
    /// All products and then all plans, in the order of the file. Their `prices` are empty, because Stripe has them.
    pub products: Vec<FileProduct>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    courses: Vec<RawCourse>,
    products: Vec<RawProduct>,
    #[serde(default)]
    plans: Vec<RawPlan>,
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
    /// With a message that names the entry and the problem.
    pub fn parse(yaml: &str) -> Result<Self, FileError> {
        let raw: RawFile = serde_saphyr::from_str(yaml).map_err(|error| FileError::Unreadable(error.to_string()))?;
        let plans = plan::to_products(raw.plans).map_err(FileError::Inconsistent)?;
        let products = raw.products.into_iter().map(FileProduct::from).chain(plans).collect();
        let courses = raw.courses.into_iter().map(Course::from).collect();
        let file = Self { courses, products };
        file.check().map_err(FileError::Inconsistent)?;
        Ok(file)
    }

    fn check(&self) -> Result<(), String> {
        require_unique("courses", self.courses.iter().map(|course| course.id.as_str()))?;
        require_unique("products or plans", self.products.iter().map(|file_product| file_product.product.id.as_str()))?;
        self.courses.iter().try_for_each(course::check)?;
        self.products.iter().try_for_each(|file_product| self.check_product(file_product))
    }

    fn check_product(&self, file_product: &FileProduct) -> Result<(), String> {
        let Product { id, courses, plan, .. } = &file_product.product;
        match plan {
            None if courses.is_empty() || file_product.prices.is_empty() => {
                return Err(format!("{id} needs at least one course and one price"));
            }
            None => {}
            Some(plan) => plan::check(file_product, plan)?,
        }
        let amounts = || file_product.prices.iter().map(|price| price.money);
        if let Some(Money { amount, currency }) = amounts().find(|money| !(1..=99_999_999).contains(&money.amount)) {
            return Err(format!("{id} costs {amount} {currency}: amounts are whole minor units from 1"));
        }
        for wanted in courses {
            match self.courses.iter().find(|course| course.id == *wanted) {
                None => return Err(format!("{id} includes {wanted}, which is not a course")),
                Some(course) if course.category == Category::Free => {
                    return Err(format!("{id} includes {wanted}, which is free"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

impl From<RawProduct> for FileProduct {
    fn from(raw: RawProduct) -> Self {
        let RawProduct { id, name, description, courses, prices } = raw;
        let product = Product { id, name, description, courses, prices: Vec::new(), plan: None, retired: false };
        Self { product, prices: file_prices(prices, None).collect() }
    }
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
        let (plans, products): (Vec<_>, Vec<_>) =
            file.products.iter().partition(|file_product| file_product.product.plan.is_some());
        assert!(products.iter().all(|file_product| file_product.prices.len() == 2));
        assert!(plans.iter().all(|plan| plan.prices.len() == if plan.product.has_stripe_price() { 4 } else { 0 }));
    }

    #[test]
    fn an_error_names_the_contradiction() {
        assert!(error("{id: p, name: P, description: D, courses: [b], prices: {usd: 1}}").contains("includes b"));
        assert!(error("{id: p, name: P, description: D, courses: [f], prices: {usd: 1}}").contains("which is free"));
        assert!(
            error("{id: p, name: P, description: D, courses: [a], prices: {usd: 0}}").contains("whole minor units")
        );
        assert!(error("{id: p, name: P, description: D, courses: [a], prices: {}}").contains("at least one"));
        let product = "{id: p, name: P, description: D, courses: [a], prices: {usd: 1}}";
        assert!(error(&format!("{product}, {product}")).contains("two products"));
    }

    #[test]
    fn a_title_with_an_unquoted_comma_is_refused() {
        let steps = "[{id: s, title: One, two}]";
        let yaml = format!(
            "courses: [{{id: a, title: A, summary: S, category: track, modules: [{{id: m, title: M, steps: {steps}}}]}}]\nproducts: []"
        );
        assert!(CatalogFile::parse(&yaml).is_err());
    }

    #[test]
    fn amounts_are_integers_and_unknown_fields_are_refused() {
        for prices in ["{usd: 1.5}", "{usd: free}", "{dollars: 1}"] {
            error(&format!("{{id: p, name: P, description: D, courses: [a], prices: {prices}}}"));
        }
        error("{id: p, name: P, description: D, courses: [a], prices: {usd: 1}, discount: 5}");
    }
}
