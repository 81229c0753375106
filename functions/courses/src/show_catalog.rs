//! `GET /catalog`: everything that is offered, for everybody.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::domain::{
    Category, Course, CourseId, Currency, FamilyId, Interval, MeterId, Module, Plan, Price, PriceId, Product,
    ProductId, Tier, UsageLimit, UsagePeriod,
};
use shared::http::Problem;

#[derive(Serialize)]
struct CatalogResponse {
    courses: Vec<CatalogCourseResponse>,
    products: Vec<CatalogProductResponse>,
    plans: Vec<CatalogPlanResponse>,
}

#[derive(Serialize)]
struct CatalogCourseResponse {
    id: CourseId,
    title: String,
    summary: String,
    category: Category,
    modules: Vec<Module>,
}

#[derive(Serialize)]
struct CatalogProductResponse {
    id: ProductId,
    name: String,
    description: String,
    courses: Vec<CourseId>,
    prices: Vec<PriceResponse>,
}

#[derive(Serialize)]
struct PriceResponse {
    price_id: PriceId,
    amount: i64,
    currency: Currency,
}

#[derive(Serialize)]
struct CatalogPlanResponse {
    id: ProductId,
    family: FamilyId,
    tier: Tier,
    name: String,
    description: String,
    courses: Vec<CourseId>,
    trial_days: u16,
    prices: Vec<RecurringPriceResponse>,
    limits: BTreeMap<MeterId, UsageLimitResponse>,
}

#[derive(Serialize)]
struct RecurringPriceResponse {
    interval: Interval,
    #[serde(flatten)]
    price: PriceResponse,
}

/// `null` is without limit.
#[derive(Serialize)]
struct UsageLimitResponse {
    limit: Option<u64>,
    period: UsagePeriod,
}

pub(crate) async fn handle(State(state): State<crate::state::State>) -> Result<impl IntoResponse, Problem> {
    let catalog = state.store.catalog().await?;
    let courses = catalog.courses().iter().map(CatalogCourseResponse::from).collect();
    let products = catalog.one_time_products().map(CatalogProductResponse::from).collect();
    let plans = catalog.plans().map(CatalogPlanResponse::from).collect();
    // As fresh as the process's own copy.
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], Json(CatalogResponse { courses, products, plans })))
}

impl From<&Course> for CatalogCourseResponse {
    fn from(course: &Course) -> Self {
        let Course { id, title, summary, category, modules } = course.clone();
        Self { id, title, summary, category, modules }
    }
}

impl From<&Product> for CatalogProductResponse {
    fn from(product: &Product) -> Self {
        let Product { id, name, description, courses, prices, .. } = product.clone();
        Self { id, name, description, courses, prices: prices.into_iter().map(PriceResponse::from).collect() }
    }
}

impl From<(&Product, &Plan)> for CatalogPlanResponse {
    fn from((product, plan): (&Product, &Plan)) -> Self {
        let Product { id, name, description, courses, prices, .. } = product.clone();
        let Plan { family, tier, trial_days, limits } = plan.clone();
        let recurring = |price: Price| Some(RecurringPriceResponse { interval: price.interval?, price: price.into() });
        let prices = prices.into_iter().filter_map(recurring).collect();
        let shown = |(meter, UsageLimit { at_most, per })| (meter, UsageLimitResponse { limit: at_most, period: per });
        let limits = limits.into_iter().map(shown).collect();
        Self { id, family, tier, name, description, courses, trial_days, prices, limits }
    }
}

impl From<Price> for PriceResponse {
    fn from(price: Price) -> Self {
        Self { price_id: price.id, amount: price.money.amount, currency: price.money.currency }
    }
}
