//! `/config.json`: what the shop's files do not know, because they are the same in every stage. `web/src/config.ts` reads it.

use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::ports::Urls;
use crate::test_payments::{BANK_DEBIT, CARDS};

/// The stand-in's path of Stripe.js.
const STRIPE_JS: &str = "/endive/stripe.js";

/// The configuration of the shop.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ConfigDocument {
    api_url: String,
    issuer: String,
    client_id: String,
    brand: Brand,
    /// For payments on the page. Without it learners pay on Stripe's page.
    stripe_publishable_key: Option<String>,
    /// The Stripe.js of the stand-in. Without it the shop loads Stripe's own.
    stripe_js_url: Option<String>,
    /// Where people ask about plans that have no price.
    contact_url: &'static str,
    /// What practice in a lesson uses. A catalog without this meter has no practice.
    practice_meter: &'static str,
    test_payments: TestPayments,
}

#[derive(Debug, Clone, Serialize)]
struct Brand {
    name: &'static str,
    color: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct TestPayments {
    dashboard_url: Option<String>,
    cards: Vec<TestCard>,
    bank_debit: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct TestCard {
    number: &'static str,
    behavior: &'static str,
}

impl ConfigDocument {
    /// For a stack with these URLs.
    pub(super) fn new(
        urls: &Urls,
        client_id: &str,
        dashboard_url: Option<String>,
        stripe_publishable_key: Option<String>,
    ) -> Self {
        let cards = CARDS.iter().map(|&(number, behavior)| TestCard { number, behavior }).collect();
        Self {
            api_url: urls.api.clone(),
            issuer: urls.identity.clone(),
            client_id: client_id.to_owned(),
            brand: Brand { name: "Tuition", color: "#3d4eac" },
            stripe_publishable_key,
            stripe_js_url: dashboard_url.as_ref().map(|stand_in| format!("{stand_in}{STRIPE_JS}")),
            contact_url: "mailto:hello@school.example",
            practice_meter: "ai_minutes",
            test_payments: TestPayments { dashboard_url, cards, bank_debit: BANK_DEBIT },
        }
    }
}

/// Shows the document.
pub(super) fn router(config: ConfigDocument) -> Router {
    let show = async || ([(CACHE_CONTROL, "no-cache")], Json(config)).into_response();
    Router::new().route("/config.json", get(show))
}
