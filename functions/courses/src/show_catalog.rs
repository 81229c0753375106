//! `GET /catalog`: everything that is offered, for everybody.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::domain::{Category, Course, CourseId, Currency, Module, PriceId, Product, ProductId};
use shared::http::Problem;

#[derive(Serialize)]
struct Catalog {
    courses: Vec<OfferedCourse>,
    products: Vec<OfferedProduct>,
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

pub(crate) async fn handle(State(state): State<crate::State>) -> Result<impl IntoResponse, Problem> {
    let catalog = state.store.catalog().await?;
    let courses = catalog.courses().iter().map(OfferedCourse::from).collect();
    let products = catalog.offered().map(OfferedProduct::from).collect();
    // As fresh as the process's own copy.
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], Json(Catalog { courses, products })))
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
        let prices = prices.into_iter().map(|price| OfferedPrice {
            price_id: price.id,
            amount: price.money.amount,
            currency: price.money.currency,
        });
        Self { id, name, description, courses, prices: prices.collect() }
    }
}
