//! What is sold, and what it opens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::AccessTarget;
use super::id::{CourseId, PriceId, ProductId};
use super::money::{Currency, Money};
use super::plan::{Interval, Plan, Tier};

/// How a course is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Costs nothing; opens for every signed-in user.
    Free,
    /// The school's own curriculum.
    Curriculum,
    /// Bought one by one.
    Alacarte,
    /// A long path of projects.
    Track,
}

/// In which order the modules of a course open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unlock {
    /// All at once.
    #[default]
    All,
    /// One after the other: a module opens when every step of the modules before it is completed.
    Sequential,
}

/// One lesson, exercise or project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique in its course.
    pub id: String,
    /// For people.
    pub title: String,
}

/// A chapter of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Unique in its course.
    pub id: String,
    /// For people.
    pub title: String,
    /// Open to every signed-in user, bought or not.
    #[serde(default)]
    pub preview: bool,
    /// It opens so many days after the learner enrolled, or after the course started if that is later.
    // Not written when there is none: an older version would refuse to read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_after_days: Option<u16>,
    /// In the order of learning.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// Something that is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Its slug.
    pub id: CourseId,
    /// For people.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// Its place in the offer.
    pub category: Category,
    /// In which order its modules open.
    #[serde(default)]
    pub unlock: Unlock,
    /// When a cohort begins. Before, the course is sold and shown, and opens to nobody.
    #[serde(default)]
    pub starts_at: Option<Timestamp>,
    /// Whether who completes it may have a certificate.
    #[serde(default)]
    pub certificate: bool,
    /// In the order of learning.
    #[serde(default)]
    pub modules: Vec<Module>,
}

impl Course {
    /// Every step, in the order of learning.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.modules.iter().flat_map(|module| &module.steps)
    }

    /// A step by its id, with its module.
    pub fn step(&self, id: &str) -> Option<(&Module, &Step)> {
        self.modules.iter().find_map(|module| Some((module, module.steps.iter().find(|step| step.id == id)?)))
    }
}

/// What a product costs in one currency; a plan, per interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Stripe's price.
    pub id: PriceId,
    /// The stable name of the price across Stripe accounts.
    /// See <https://docs.stripe.com/products-prices/manage-prices#lookup-keys>.
    pub lookup_key: String,
    /// What it costs.
    #[serde(flatten)]
    pub money: Money,
    /// How often it is charged; `None` is once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// Something that is sold: opens one course or several. A plan is a product that is paid again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its slug.
    pub id: ProductId,
    /// For people.
    pub name: String,
    /// One or two sentences.
    pub description: String,
    /// What it opens.
    pub courses: Vec<CourseId>,
    /// What makes it a plan; `None` for what is bought once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// One per currency (and interval). None when Stripe has none that is active: then it cannot be bought, only kept.
    pub prices: Vec<Price>,
    /// Not offered any more. It still opens its courses to those who bought it.
    #[serde(default)]
    pub retired: bool,
}

impl Product {
    /// Whether Stripe sells it: everything but the plans that nobody pays for there.
    pub fn has_stripe_price(&self) -> bool {
        self.plan.as_ref().is_none_or(|plan| plan.tier == Tier::Paid)
    }

    /// Whether everybody has it: the plan of tier `free`.
    pub fn is_free_plan(&self) -> bool {
        !self.retired && self.plan.as_ref().is_some_and(|plan| plan.tier == Tier::Free)
    }

    /// The price in a currency, of what is bought once.
    pub fn price_in(&self, currency: Currency) -> Option<&Price> {
        self.prices.iter().find(|price| price.money.currency == currency && price.interval.is_none())
    }
}

/// Everything that is sold and opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    courses: Vec<Course>,
    products: Vec<Product>,
    products_by_course: BTreeMap<CourseId, Vec<ProductId>>,
}

impl Catalog {
    /// A catalog of these courses and products, in this order.
    pub fn new(courses: Vec<Course>, products: Vec<Product>) -> Self {
        let mut products_by_course: BTreeMap<CourseId, Vec<ProductId>> = BTreeMap::new();
        for product in &products {
            for course in &product.courses {
                products_by_course.entry(course.clone()).or_default().push(product.id.clone());
            }
        }
        Self { courses, products, products_by_course }
    }

    /// All courses.
    pub fn courses(&self) -> &[Course] {
        &self.courses
    }

    /// All products that are offered, plans included.
    pub fn offered_products(&self) -> impl Iterator<Item = &Product> {
        self.products.iter().filter(|product| !product.retired)
    }

    /// The products that are offered and bought once, without plans.
    pub fn one_time_products(&self) -> impl Iterator<Item = &Product> {
        self.offered_products().filter(|product| product.plan.is_none())
    }

    /// The plans that are offered.
    pub fn plans(&self) -> impl Iterator<Item = (&Product, &Plan)> {
        self.all_plans().filter(|(product, _)| !product.retired)
    }

    /// The plans that are or were offered.
    pub fn all_plans(&self) -> impl Iterator<Item = (&Product, &Plan)> {
        self.products.iter().filter_map(|product| Some((product, product.plan.as_ref()?)))
    }

    /// The position of a product in the file, retired ones included: of two plans, the one that is listed later is the higher
    /// one.
    pub fn rank(&self, id: &ProductId) -> Option<usize> {
        self.products.iter().position(|product| product.id == *id)
    }

    /// A course by its slug.
    pub fn course(&self, id: &str) -> Option<&Course> {
        self.courses.iter().find(|course| course.id.as_str() == id)
    }

    /// A product by its slug, retired ones included.
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id.as_str() == id)
    }

    /// The product or plan, and the price, behind one of Stripe's price ids.
    pub fn price(&self, id: &str) -> Option<(&Product, &Price)> {
        self.offered_products()
            .find_map(|product| Some((product, product.prices.iter().find(|price| price.id.as_str() == id)?)))
    }

    /// What access to a course is asked for.
    pub fn access_target(&self, course: &Course) -> AccessTarget<'_> {
        match course.category {
            Category::Free => AccessTarget::Free,
            _ => AccessTarget::AnyOf(self.products_opening(&course.id)),
        }
    }

    /// The products that open a course.
    pub fn products_opening(&self, course: &CourseId) -> &[ProductId] {
        self.products_by_course.get(course).map_or(&[], Vec::as_slice)
    }

    /// The courses that any of the products opens.
    pub fn courses_opened_by(&self, products: &[ProductId]) -> impl Iterator<Item = &Course> {
        self.courses.iter().filter(|course| self.products_opening(&course.id).iter().any(|id| products.contains(id)))
    }

    /// The product that sells exactly this course (a bundle or a plan that also opens it does not count).
    pub fn single_course_product(&self, course: &CourseId) -> Option<&Product> {
        self.one_time_products().find(|product| product.courses == [course.clone()])
    }
}
