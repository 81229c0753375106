//! The customer portal, `/p/session/{token}`: plain forms without JavaScript, as on the payment page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::card_form::CardForm;
use super::portal_view::PortalPage;
use super::{error_page, page};
use crate::Inner;
use crate::billing::portal::Portal;
use crate::error::{Error, Refusal};
use crate::resources::portal_sessions;
use crate::store::{Caller, Tx};
use crate::time;

pub(super) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/p/session/{token}", get(show))
        .route("/p/session/{token}/payment_method", post(change_card))
        .route("/p/session/{token}/subscriptions/{id}/{step}", post(change_subscription))
}

#[derive(Deserialize)]
#[serde(default)]
struct PortalForm {
    card_number: String,
    exp: String,
    cvc: String,
    name: String,
    /// A price to change to.
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
enum Step {
    Cancel,
    Keep,
    Change,
}

async fn show(State(inner): State<Arc<Inner>>, Path(token): Path<String>) -> Response {
    view(&inner, &token, None)
}

async fn change_card(
    State(inner): State<Arc<Inner>>,
    Path(token): Path<String>,
    Form(form): Form<PortalForm>,
) -> Response {
    act(&inner, &token, |tx, portal| {
        let (number, exp, cvc, name) = (&form.card_number, &form.exp, &form.cvc, &form.name);
        let card = CardForm { number, exp, cvc, email: portal.customer.text("email"), name };
        portal.replace_card(tx, &mut card.method(tx)?)
    })
}

async fn change_subscription(
    State(inner): State<Arc<Inner>>,
    Path((token, id, step)): Path<(String, String, Step)>,
    Form(form): Form<PortalForm>,
) -> Response {
    act(&inner, &token, |tx, portal| match step {
        Step::Cancel => portal.cancel(tx, &id),
        Step::Keep => portal.keep(tx, &id),
        Step::Change => portal.change(tx, &id, &form.price),
    })
}

/// Does something in the portal and shows it again; what is refused has changed nothing.
fn act(inner: &Inner, token: &str, work: impl FnOnce(&Tx<'_>, &Portal) -> Result<(), Error>) -> Response {
    let done = inner.write(Caller::default(), |tx| {
        let portal = load(tx, token)?;
        work(tx, &portal)?;
        Ok(next_url(&portal, token))
    });
    match done {
        Ok(url) => Redirect::to(&url).into_response(),
        // The link itself is not good any more.
        Err(Error::Refused(refusal)) if refusal.status == 410 => error_page(&Error::Refused(refusal)),
        Err(Error::Refused(refusal)) => view(inner, token, Some(&refusal)),
        Err(error) => error_page(&error),
    }
}

fn view(inner: &Inner, token: &str, refusal: Option<&Refusal>) -> Response {
    let shown = inner.write(Caller::default(), |tx| {
        let portal = load(tx, token)?;
        PortalPage::new(tx, &portal, token, refusal.map(|refusal| refusal.message.clone()))
    });
    let status = refusal.and_then(|refusal| StatusCode::from_u16(refusal.status).ok());
    match shown {
        Ok(shown) => page(status.unwrap_or(StatusCode::OK), &shown),
        Err(error) => error_page(&error),
    }
}

fn load(tx: &Tx<'_>, token: &str) -> Result<Portal, Error> {
    time::catch_up(tx)?;
    let portal = Portal::open(tx, portal_sessions::by_token(tx, token)?)?;
    time::enter(tx, &portal.customer)?;
    Ok(portal)
}

/// A customer who came for one thing may be sent back when it is done.
fn next_url(portal: &Portal, token: &str) -> String {
    let after = portal.session.at("/flow/after_completion");
    match (after["type"].as_str(), after["redirect"]["return_url"].as_str()) {
        (Some("redirect"), Some(url)) => url.to_owned(),
        _ => format!("/p/session/{token}"),
    }
}
