//! The table of `/v1`: each resource lists its own routes, this file lists the resources.

use axum::routing::MethodFilter;

use super::call::{Call, Reply};
use crate::error::Error;
use crate::resources;
use crate::store::Tx;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Holders of a secret key.
    Server,
    /// A payer's browser too, with a publishable key.
    Payer,
}

type Run = fn(&Tx<'_>, Call) -> Result<Reply, Error>;

/// One route; its path has at most one variable, `{id}`.
pub(crate) struct Route {
    pub(super) method: MethodFilter,
    pub(super) path: &'static str,
    pub(super) run: Run,
    pub(super) audience: Audience,
}

impl Route {
    /// Reads.
    pub(crate) const fn get(path: &'static str, run: Run) -> Route {
        Route { method: MethodFilter::GET, path, run, audience: Audience::Server }
    }

    /// Creates, changes or does.
    pub(crate) const fn post(path: &'static str, run: Run) -> Route {
        Route { method: MethodFilter::POST, path, run, audience: Audience::Server }
    }

    /// Deletes.
    pub(crate) const fn delete(path: &'static str, run: Run) -> Route {
        Route { method: MethodFilter::DELETE, path, run, audience: Audience::Server }
    }

    /// The same route, open to publishable keys.
    pub(crate) const fn for_payers(self) -> Route {
        Route { audience: Audience::Payer, ..self }
    }
}

/// Every route of the stand-in's API.
pub(super) const ROUTES: &[&[Route]] = &[
    resources::account::ROUTES,
    resources::balance_transactions::ROUTES,
    resources::charges::ROUTES,
    resources::coupons::ROUTES,
    resources::customers::ROUTES,
    resources::disputes::ROUTES,
    resources::events::ROUTES,
    resources::invoice_items::ROUTES,
    resources::invoice_payments::ROUTES,
    resources::invoices::ROUTES,
    resources::payment_intents::ROUTES,
    resources::payment_methods::ROUTES,
    resources::payment_pages::ROUTES,
    resources::plans::ROUTES,
    resources::portal_configurations::ROUTES,
    resources::portal_sessions::ROUTES,
    resources::prices::ROUTES,
    resources::products::ROUTES,
    resources::promotion_codes::ROUTES,
    resources::refunds::ROUTES,
    resources::sessions::ROUTES,
    resources::subscription_items::ROUTES,
    resources::subscription_schedules::ROUTES,
    resources::subscriptions::ROUTES,
    resources::test_clocks::ROUTES,
    resources::webhook_endpoints::ROUTES,
];
