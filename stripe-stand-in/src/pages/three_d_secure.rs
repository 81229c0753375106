//! The 3-D Secure page, `/c/pay/{id}/3ds`, with two buttons that stand for the payer's bank. `id` is a checkout
//! session, or for payments without one a payment intent or a setup intent.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde::Deserialize;

use crate::pages::render::{self, error_page, page};
use crate::rules::checkout::sessions;
use crate::rules::payments::attempt::AuthenticationResult;
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::{payment_intents, setup_intents};
use crate::rules::{confirmation, time};
use crate::state::store::Store;
use crate::state::transaction::{RequestContext, Tx};
use crate::values::error::Error;
use crate::values::money;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new().route("/c/pay/{id}/3ds", get(show).post(authenticate))
}

#[derive(Template)]
#[template(path = "three_d_secure.html")]
struct ThreeDSecurePage {
    id: String,
    /// None when a card is only saved for later.
    amount: Option<String>,
}

#[derive(Deserialize)]
struct AuthenticationForm {
    outcome: AuthenticationAction,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AuthenticationAction {
    Complete,
    Fail,
}

async fn show(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Response {
    let found = store.write(RequestContext::default(), |tx| find_intent(tx, &id));
    match found {
        Ok(intent) if intent.text("status") == "requires_action" => {
            let is_payment = intent.get("amount").is_number();
            let amount = is_payment.then(|| money::format(intent.int("amount"), intent.text("currency")));
            page(StatusCode::OK, &ThreeDSecurePage { id, amount })
        }
        Ok(_) => page(StatusCode::OK, &NOTHING_TO_CONFIRM),
        Err(error) => error_page(&error),
    }
}

const NOTHING_TO_CONFIRM: render::Message<'_> =
    render::Message { title: "Nothing to confirm", message: "This payment needs no confirmation.", link: None };

async fn authenticate(
    State(store): State<Arc<Store>>,
    Path(id): Path<String>,
    Form(form): Form<AuthenticationForm>,
) -> Response {
    let authentication = match form.outcome {
        AuthenticationAction::Complete => AuthenticationResult::Complete,
        AuthenticationAction::Fail => AuthenticationResult::Fail,
    };
    let next = store.write(RequestContext::default(), |tx| {
        let mut intent = find_intent(tx, &id)?;
        let outcome = match intent.text("object") {
            "setup_intent" => setup_intents::authenticate(tx, &mut intent, authentication)?,
            _ => confirmation::authenticate(tx, &mut intent, authentication)?,
        };
        next_step(tx, &intent, &outcome)
    });
    match next {
        Ok(NextStep::Redirect(url)) => Redirect::to(&url).into_response(),
        Ok(NextStep::Done) => page(StatusCode::OK, &DONE),
        Ok(NextStep::TellStripeJs) => page(StatusCode::OK, &AuthenticationDone),
        Err(error) => error_page(&error),
    }
}

/// What follows the payer's choice.
enum NextStep {
    Redirect(String),
    Done,
    /// The page is in a frame of Stripe.js, which waits for it and then asks how the payment stands.
    TellStripeJs,
}

/// Tells Stripe.js that the payer has chosen.
#[derive(Template)]
#[template(path = "authentication_done.html")]
struct AuthenticationDone;

const DONE: render::Message<'_> =
    render::Message { title: "Thank you", message: "You may close this page.", link: None };

/// The payment intent or setup intent that the page's id belongs to.
fn find_intent(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    time::run_due(tx)?;
    if id.starts_with("pi_") {
        return tx.load(ObjectType::PaymentIntent, id);
    }
    if id.starts_with("seti_") {
        return tx.load(ObjectType::SetupIntent, id);
    }
    let session = tx.load(ObjectType::CheckoutSession, id)?;
    tx.load_param(ObjectType::PaymentIntent, sessions::intent_id(&session), "payment_intent")
}

/// After a failure the session's page; otherwise the session's success URL or the intent's return URL.
fn next_step(tx: &Tx<'_>, intent: &Object, outcome: &Outcome) -> Result<NextStep, Error> {
    if intent.hidden(payment_intents::USES_STRIPE_JS) == true {
        return Ok(NextStep::TellStripeJs);
    }
    let session = tx.find(ObjectType::CheckoutSession, intent.hidden_text("session"))?;
    Ok(match (session, outcome) {
        (Some(session), Outcome::Declined(_)) => NextStep::Redirect(format!("/c/pay/{}", session.id())),
        (Some(session), _) => NextStep::Redirect(sessions::success_url(&session)),
        (None, _) => {
            intent.hidden("return_url").as_str().map_or(NextStep::Done, |url| NextStep::Redirect(url.to_owned()))
        }
    })
}
