//! `GET /catalog`: everything that is offered, for everybody.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{
    Category, Course, CourseId, Currency, FamilyId, Interval, MeterId, Module, Plan, Price, PriceId, Product,
    ProductId, PublishableKey, RefundApprovalMode, RefundPolicy, Tier, Unlock, UsageLimit, UsagePeriod,
};
use shared::http::Problem;

/// Everything that is offered.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CatalogResponse {
    courses: Vec<CatalogCourseResponse>,
    /// What is bought once.
    products: Vec<CatalogProductResponse>,
    /// What is paid again and again, the lowest first.
    plans: Vec<CatalogPlanResponse>,
    /// The key for Stripe.js. If it is `null`, there are no payment intents, and learners pay on Stripe's page.
    stripe_publishable_key: Option<PublishableKey>,
    refund_policy: RefundPolicyResponse,
}

/// Which refunds learners may ask for.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct RefundPolicyResponse {
    /// For how many days after the payment; 0 is without limit.
    window_days: u16,
    /// Up to how much progress in what was paid for, in percent.
    max_progress_percent: u8,
    /// Whether the first refund of a product or a plan family is approved at once, within these limits. A renewal's never is.
    automatic: bool,
}

/// A course.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct CatalogCourseResponse {
    id: CourseId,
    title: String,
    /// One or two sentences.
    summary: String,
    category: Category,
    /// In which order its modules open.
    unlock: Unlock,
    /// When a cohort begins: before, it opens to nobody. `null` is a course that is always open.
    starts_at: Option<Timestamp>,
    /// Whether who completes it may have a certificate.
    certificate: bool,
    modules: Vec<Module>,
}

/// A course or several that are bought once.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct CatalogProductResponse {
    id: ProductId,
    name: String,
    /// One or two sentences.
    description: String,
    /// What it opens.
    courses: Vec<CourseId>,
    /// One per currency.
    prices: Vec<PriceResponse>,
}

/// A price.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct PriceResponse {
    price_id: PriceId,
    /// In minor units, such as cents.
    amount: i64,
    currency: Currency,
}

/// A plan.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct CatalogPlanResponse {
    id: ProductId,
    family: FamilyId,
    tier: Tier,
    name: String,
    /// One or two sentences.
    description: String,
    /// What it opens.
    courses: Vec<CourseId>,
    /// The longest trial, in days; 0 is none.
    trial_days: u16,
    /// One per interval and currency. Plans of tier `free` and `contact` have none.
    prices: Vec<RecurringPriceResponse>,
    /// How much of each meter may be used; of a meter that is not listed, nothing.
    limits: BTreeMap<MeterId, UsageLimitResponse>,
}

/// A price of a plan.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct RecurringPriceResponse {
    /// How often it is charged.
    interval: Interval,
    #[serde(flatten)]
    price: PriceResponse,
}

/// How much of a meter may be used.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct UsageLimitResponse {
    /// At most so much in a period; `null` is without limit.
    limit: Option<u64>,
    period: UsagePeriod,
}

/// The catalog, and how long a browser may keep it.
type CachedCatalog = ([(HeaderName, &'static str); 1], Json<CatalogResponse>);

pub(crate) async fn handle(State(state): State<crate::state::State>) -> Result<CachedCatalog, Problem> {
    let catalog = state.store.catalog().await?;
    let courses = catalog.courses().iter().map(CatalogCourseResponse::from).collect();
    let products = catalog.one_time_products().map(CatalogProductResponse::from).collect();
    let plans = catalog.plans().map(CatalogPlanResponse::from).collect();
    let response = CatalogResponse {
        courses,
        products,
        plans,
        stripe_publishable_key: state.publishable_key.clone(),
        refund_policy: state.refund_policy.into(),
    };
    // As fresh as the process's own copy.
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], Json(response)))
}

impl From<&Course> for CatalogCourseResponse {
    fn from(course: &Course) -> Self {
        let Course { id, title, summary, category, unlock, starts_at, certificate, modules } = course.clone();
        Self { id, title, summary, category, unlock, starts_at, certificate, modules }
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

impl From<RefundPolicy> for RefundPolicyResponse {
    fn from(policy: RefundPolicy) -> Self {
        let RefundPolicy { window_days, max_progress_percent, approval } = policy;
        Self { window_days, max_progress_percent, automatic: approval == RefundApprovalMode::Automatic }
    }
}

impl From<Price> for PriceResponse {
    fn from(price: Price) -> Self {
        Self { price_id: price.id, amount: price.money.amount, currency: price.money.currency }
    }
}
