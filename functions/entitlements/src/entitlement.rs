//! A product as the caller has it, computed from the caller's facts.

use serde::Serialize;
use shared::domain::{AccessTarget, CourseId, Fact, Product, ProductId, decide_access};
use shared::http::AccessResponse;

use crate::state::State;

/// A product, what it opens, and whether the caller has it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct EntitlementResponse {
    pub(crate) product: ProductId,
    /// `null` when it is not sold any more.
    name: Option<String>,
    /// What it opens.
    courses: Vec<CourseId>,
    #[serde(flatten)]
    access: AccessResponse,
}

impl EntitlementResponse {
    /// `listed` is `None` for something that is not sold any more: what was bought stays bought.
    pub(crate) fn for_product(state: &State, product: &ProductId, listed: Option<&Product>, facts: &[Fact]) -> Self {
        let is_free_plan = listed.is_some_and(Product::is_free_plan);
        let target = if is_free_plan { AccessTarget::Free } else { AccessTarget::AnyOf(std::slice::from_ref(product)) };
        Self {
            product: product.clone(),
            name: listed.map(|listed| listed.name.clone()),
            courses: listed.map(|listed| listed.courses.clone()).unwrap_or_default(),
            access: decide_access(state.store.now(), &state.policy, facts, target).into(),
        }
    }
}
