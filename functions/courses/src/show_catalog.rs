//! `GET /catalog`: everything that is offered, for everybody.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::domain::{
    Category, Course, CourseId, Currency, FamilyId, Interval, Limit, MeterId, Module, Period, Plan, Price, PriceId,
    Product, ProductId, Tier,
};
use shared::http::Problem;

#[derive(Serialize)]
struct Catalog {
    courses: Vec<OfferedCourse>,
    products: Vec<OfferedProduct>,
    plans: Vec<OfferedPlan>,
}

#[derive(Serialize)]
struct OfferedCourse {
    id: CourseId,
    title: String,
    summary: String,
    category: Category,
    modules: Vec<Module>,
}

#[derive(Serialize)]
struct OfferedProduct {
    id: ProductId,
    name: String,
    description: String,
    courses: Vec<CourseId>,
    prices: Vec<OfferedPrice>,
}

#[derive(Serialize)]
struct OfferedPrice {
    price_id: PriceId,
    amount: i64,
    currency: Currency,
}

#[derive(Serialize)]
struct OfferedPlan {
    id: ProductId,
    family: FamilyId,
    tier: Tier,
    name: String,
    description: String,
    courses: Vec<CourseId>,
    trial_days: u16,
    prices: Vec<RecurringPrice>,
    limits: BTreeMap<MeterId, OfferedLimit>,
}

#[derive(Serialize)]
struct RecurringPrice {
    interval: Interval,
    #[serde(flatten)]
    price: OfferedPrice,
}

/// `null` is without limit.
#[derive(Serialize)]
struct OfferedLimit {
    limit: Option<u64>,
    period: Period,
}

pub(crate) async fn handle(State(state): State<crate::State>) -> Result<impl IntoResponse, Problem> {
    let catalog = state.store.catalog().await?;
    let courses = catalog.courses().iter().map(OfferedCourse::from).collect();
    let products = catalog.sold_once().map(OfferedProduct::from).collect();
    let plans = catalog.plans().map(OfferedPlan::from).collect();
    // As fresh as the process's own copy.
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], Json(Catalog { courses, products, plans })))
}

impl From<&Course> for OfferedCourse {
    fn from(course: &Course) -> Self {
        let Course { id, title, summary, category, modules } = course.clone();
        Self { id, title, summary, category, modules }
    }
}

impl From<&Product> for OfferedProduct {
    fn from(product: &Product) -> Self {
        let Product { id, name, description, courses, prices, .. } = product.clone();
        Self { id, name, description, courses, prices: prices.into_iter().map(OfferedPrice::from).collect() }
    }
}

impl From<(&Product, &Plan)> for OfferedPlan {
    fn from((product, plan): (&Product, &Plan)) -> Self {
        let Product { id, name, description, courses, prices, .. } = product.clone();
        let Plan { family, tier, trial_days, limits } = plan.clone();
        let recurring = |price: Price| Some(RecurringPrice { interval: price.interval?, price: price.into() });
        let prices = prices.into_iter().filter_map(recurring).collect();
        let shown = |(meter, Limit { at_most, per })| (meter, OfferedLimit { limit: at_most, period: per });
        let limits = limits.into_iter().map(shown).collect();
        Self { id, family, tier, name, description, courses, trial_days, prices, limits }
    }
}

impl From<Price> for OfferedPrice {
    fn from(price: Price) -> Self {
        Self { price_id: price.id, amount: price.money.amount, currency: price.money.currency }
    }
}
