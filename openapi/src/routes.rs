//! The routes of the API, each with what its handler and its function's words say.

use shared::http::openapi::{Operation, OperationText};
use shared::http::route::{Route, RouteSpec};

/// A route, and what is said of it.
pub(crate) struct DescribedRoute {
    pub(crate) spec: RouteSpec,
    pub(crate) operation: Operation,
    pub(crate) text: Option<&'static OperationText>,
}

/// The functions of the API.
pub(crate) const TAGS: [(&str, &str); 6] = [
    ("courses", courses::openapi::DESCRIPTION),
    ("checkout", checkout::openapi::DESCRIPTION),
    ("billing", billing::openapi::DESCRIPTION),
    ("entitlements", entitlements::openapi::DESCRIPTION),
    ("referrals", referrals::openapi::DESCRIPTION),
    ("admin", admin::openapi::DESCRIPTION),
];

/// Every route of every function.
pub(crate) fn all() -> Vec<DescribedRoute> {
    [
        described(courses::routes(), courses::openapi::OPERATIONS),
        described(checkout::routes(), checkout::openapi::OPERATIONS),
        described(billing::routes(), billing::openapi::OPERATIONS),
        described(entitlements::routes(), entitlements::openapi::OPERATIONS),
        described(referrals::routes(), referrals::openapi::OPERATIONS),
        described(admin::routes(), admin::openapi::OPERATIONS),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn described<S>(routes: Vec<Route<S>>, texts: &'static [OperationText]) -> Vec<DescribedRoute> {
    let described = routes.into_iter().filter_map(|route| {
        let operation = route.operation?;
        let text = texts.iter().find(|text| text.id == operation.id);
        Some(DescribedRoute { spec: route.spec, operation, text })
    });
    described.collect()
}
