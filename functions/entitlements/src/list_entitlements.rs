//! `GET /entitlements`: every product that a fact of the caller concerns, open or not, each with its reason.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use shared::domain::{Fact, GrantScope, ProductId};
use shared::http::{Caller, Page, PageRequest, Problem};

use crate::entitlement::EntitlementResponse;

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    wanted: PageRequest,
) -> Result<Json<Page<EntitlementResponse>>, Problem> {
    let catalog = state.store.catalog().await?;
    let facts = state.store.facts(&caller.user).await?;
    let mut concerned: BTreeSet<&ProductId> = BTreeSet::new();
    for fact in &facts {
        match fact {
            Fact::Purchase(purchase) => concerned.extend(purchase.products()),
            Fact::Subscription(subscription) => concerned.extend(&subscription.product),
            Fact::Grant(grant) => match &grant.scope {
                GrantScope::Product(product) => concerned.extend([product]),
                GrantScope::Everything => concerned.extend(catalog.offered_products().map(|product| &product.id)),
            },
        }
    }
    let listed = concerned
        .into_iter()
        .map(|product| EntitlementResponse::for_product(&state, product, catalog.product(product.as_str()), &facts));
    Ok(Json(wanted.page_of(listed, |entitlement| entitlement.product.as_str())))
}
