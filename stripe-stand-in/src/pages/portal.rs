//! The customer portal, `/p/session/{token}`: plain forms without JavaScript, like the payment page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use crate::pages::card_form::CardForm;
use crate::pages::portal_page::PortalPage;
use crate::pages::render::{error_page, page};
use crate::resources::portal_sessions;
use crate::rules::billing::portal::Portal;
use crate::rules::time;
use crate::state::store::Store;
use crate::state::test_clock;
use crate::state::transaction::{RequestContext, Tx};
use crate::values::error::{ApiError, Error};

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new()
        .route("/p/session/{token}", get(show))
        .route("/p/session/{token}/payment_method", post(change_card))
        .route("/p/session/{token}/subscriptions/{id}/{action}", post(change_subscription))
}

#[derive(Deserialize)]
#[serde(default)]
struct PortalForm {
    card_number: String,
    exp: String,
    cvc: String,
    name: String,
    /// The price to change to.
    price: String,
}

impl Default for PortalForm {
    fn default() -> Self {
        let none = String::new;
        Self { card_number: none(), exp: none(), cvc: none(), name: none(), price: none() }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SubscriptionAction {
    Cancel,
    Keep,
    Change,
}

async fn show(State(store): State<Arc<Store>>, Path(token): Path<String>) -> Response {
    show_page(&store, &token, None)
}

async fn change_card(
    State(store): State<Arc<Store>>,
    Path(token): Path<String>,
    Form(form): Form<PortalForm>,
) -> Response {
    run_action(&store, &token, |tx, portal| {
        let (number, exp, cvc, name) = (&form.card_number, &form.exp, &form.cvc, &form.name);
        let card = CardForm { number, exp, cvc, email: portal.customer.text("email"), name };
        portal.replace_card(tx, &mut card.create_method(tx)?)
    })
}

async fn change_subscription(
    State(store): State<Arc<Store>>,
    Path((token, id, action)): Path<(String, String, SubscriptionAction)>,
    Form(form): Form<PortalForm>,
) -> Response {
    run_action(&store, &token, |tx, portal| match action {
        SubscriptionAction::Cancel => portal.cancel(tx, &id),
        SubscriptionAction::Keep => portal.undo_cancel(tx, &id),
        SubscriptionAction::Change => portal.change_price(tx, &id, &form.price),
    })
}

/// Runs an action in the portal and shows the portal again. A refused action changes nothing.
fn run_action(store: &Store, token: &str, action: impl FnOnce(&Tx<'_>, &Portal) -> Result<(), Error>) -> Response {
    let result = store.write(RequestContext::default(), |tx| {
        let portal = load(tx, token)?;
        action(tx, &portal)?;
        Ok(next_url(&portal, token))
    });
    match result {
        Ok(url) => Redirect::to(&url).into_response(),
        // The portal link has expired.
        Err(Error::Api(api_error)) if api_error.status == 410 => error_page(&Error::Api(api_error)),
        Err(Error::Api(api_error)) => show_page(store, token, Some(&api_error)),
        Err(error) => error_page(&error),
    }
}

fn show_page(store: &Store, token: &str, api_error: Option<&ApiError>) -> Response {
    let portal_page = store.write(RequestContext::default(), |tx| {
        let portal = load(tx, token)?;
        PortalPage::new(tx, &portal, token, api_error.map(|api_error| api_error.message.clone()))
    });
    let status = api_error.and_then(|api_error| StatusCode::from_u16(api_error.status).ok());
    match portal_page {
        Ok(portal_page) => page(status.unwrap_or(StatusCode::OK), &portal_page),
        Err(error) => error_page(&error),
    }
}

fn load(tx: &Tx<'_>, token: &str) -> Result<Portal, Error> {
    time::run_due(tx)?;
    let portal = Portal::open(tx, portal_sessions::find_by_token(tx, token)?)?;
    test_clock::use_clock_of(tx, &portal.customer)?;
    Ok(portal)
}

/// Where to go after an action: the flow's return URL, or the portal.
fn next_url(portal: &Portal, token: &str) -> String {
    let after = portal.session.pointer("/flow/after_completion");
    match (after["type"].as_str(), after["redirect"]["return_url"].as_str()) {
        (Some("redirect"), Some(url)) => url.to_owned(),
        _ => format!("/p/session/{token}"),
    }
}
