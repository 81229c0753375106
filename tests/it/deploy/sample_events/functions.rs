//! The functions as their `main.rs` make them, on the stack's table and Stripe.

use local::lambda::Function;
use local::sdk_config;
use shared::config::Lookup;
use shared::http::route::Route;
use shared::store::{Store, StoreConfig};

use super::signature::DEVELOPMENT_SECRET;
use crate::support::app::TestApp;

pub(super) async fn functions(app: &TestApp) -> [Function; 8] {
    let urls = app.stack.urls();
    let variables = [
        ("APP_ORIGINS", urls.web.as_str()),
        ("JWT_ISSUER", &urls.identity),
        ("STRIPE_API_BASE", &urls.stripe),
        ("STRIPE_PUBLISHABLE_KEY", "pk_test_tuition"),
        ("STRIPE_SECRET_KEY", app.stack.stripe_key()),
        ("STRIPE_WEBHOOK_SECRET", DEVELOPMENT_SECRET),
    ];
    let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let lookup = Lookup::new(&find);
    let sdk = sdk_config(&urls.dynamodb);
    let store = || Store::new(&sdk, &StoreConfig::from_lookup(&lookup).unwrap());

    let admin = admin::State::new(&admin::Config::from_lookup(&lookup).unwrap(), store()).unwrap();
    let billing = billing::State::new(&billing::Config::from_lookup(&lookup).unwrap(), store()).unwrap();
    let checkout = checkout::State::new(&checkout::Config::from_lookup(&lookup).unwrap(), store()).unwrap();
    let webhook = webhook::State::new(&webhook::Config::from_lookup(&lookup).unwrap(), store()).unwrap();
    let courses = courses::State::new(&courses::Config::from_lookup(&lookup).unwrap(), store());
    let entitlements = entitlements::State::new(&entitlements::Config::from_lookup(&lookup).unwrap(), store());
    let referrals = referrals::State::new(&referrals::Config::from_lookup(&lookup).unwrap(), store());
    let mcp = mcp::State::new(&mcp::Config::from_lookup(&lookup).unwrap());
    [
        function("admin", admin::routes(), admin::router(admin)),
        function("billing", billing::routes(), billing::router(billing)),
        function("checkout", checkout::routes(), checkout::router(checkout)),
        function("courses", courses::routes(), courses::router(courses)),
        function("entitlements", entitlements::routes(), entitlements::router(entitlements)),
        function("mcp", mcp::routes(), mcp::router(mcp)),
        function("referrals", referrals::routes(), referrals::router(referrals)),
        function("webhook", webhook::routes(), webhook::router(webhook)),
    ]
}

fn function<S>(name: &'static str, routes: Vec<Route<S>>, router: axum::Router) -> Function {
    Function { name, routes: routes.into_iter().map(|route| route.spec).collect(), router }
}
