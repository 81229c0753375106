//! The deployed functions, and how each of them is invoked.

use aws_config::SdkConfig;
use axum::Router;
use shared::clock::Clock;
use shared::config::Lookup;
use shared::http::route::Route;
use shared::store::{Store, StoreConfig};

use crate::error::StartError;
use crate::lambda::Function;

/// All deployed functions.
pub(crate) struct DeployedFunctions {
    /// Invoked by API Gateway.
    pub(crate) api: Vec<Function>,
    /// Invoked by its function URL.
    pub(crate) webhook: Function,
    /// Invoked by a schedule.
    pub(crate) reconcile: reconcile::State,
}

/// Starts every function as its `main.rs` does, with `lookup` as its environment and `sdk` for DynamoDB.
pub(crate) async fn start(
    sdk: &SdkConfig,
    lookup: &Lookup<'_>,
    clock: &Clock,
) -> Result<DeployedFunctions, StartError> {
    let warm = |store| warm_store(sdk, store, clock);
    let admin_config = admin::Config::from_lookup(lookup)?;
    let admin = admin::State::new(&admin_config, warm(&admin_config.store).await)?;
    let billing_config = billing::Config::from_lookup(lookup)?;
    let billing = billing::State::new(&billing_config, warm(&billing_config.store).await)?;
    let checkout_config = checkout::Config::from_lookup(lookup)?;
    let checkout = checkout::State::new(&checkout_config, warm(&checkout_config.store).await)?;
    let webhook_config = webhook::Config::from_lookup(lookup)?;
    let webhook = webhook::State::new(&webhook_config, warm(&webhook_config.store).await)?;
    let reconcile_config = reconcile::Config::from_lookup(lookup)?;
    let reconcile = reconcile::State::new(&reconcile_config, warm(&reconcile_config.store).await)?;
    let courses_config = courses::Config::from_lookup(lookup)?;
    let courses = courses::State::new(&courses_config, warm(&courses_config.store).await);
    let entitlements_config = entitlements::Config::from_lookup(lookup)?;
    let entitlements = entitlements::State::new(&entitlements_config, warm(&entitlements_config.store).await);
    let referrals_config = referrals::Config::from_lookup(lookup)?;
    let referrals = referrals::State::new(&referrals_config, warm(&referrals_config.store).await);
    let mcp = mcp::State::new(&mcp::Config::from_lookup(lookup)?);
    Ok(DeployedFunctions {
        api: vec![
            function("admin", admin::routes(), admin::router(admin)),
            function("billing", billing::routes(), billing::router(billing)),
            function("checkout", checkout::routes(), checkout::router(checkout)),
            function("courses", courses::routes(), courses::router(courses)),
            function("entitlements", entitlements::routes(), entitlements::router(entitlements)),
            function("mcp", mcp::routes(), mcp::router(mcp)),
            function("referrals", referrals::routes(), referrals::router(referrals)),
        ],
        webhook: function("webhook", webhook::routes(), webhook::router(webhook)),
        reconcile,
    })
}

/// The store of one function. As on AWS, functions share nothing, and the catalog is loaded during init.
async fn warm_store(sdk: &SdkConfig, config: &StoreConfig, clock: &Clock) -> Store {
    let store = Store::new(sdk, config).with_clock(clock.clone());
    if let Err(error) = store.catalog().await {
        tracing::error!(%error, "the catalog cannot be loaded");
    }
    store
}

fn function<S>(name: &'static str, routes: Vec<Route<S>>, router: Router) -> Function {
    Function { name, routes: routes.into_iter().map(|route| route.spec).collect(), router }
}
