//! The hosted payment page, `/c/pay/{session}`: a plain form without JavaScript, so that tests can post it too. The
//! values are used once, and neither stored nor logged. After an error the form shows them again, except card number
//! and CVC.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use crate::pages::card_form::{CardForm, billing_details};
use crate::pages::closed_session;
use crate::pages::pay_page::{FormValues, PayPage, bank_debit_kind, fixed_email};
use crate::pages::render::{error_page, page};
use crate::rules::checkout::discounts;
use crate::rules::checkout::sessions::{self, Payer};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::payment_methods;
use crate::rules::{promotion_codes, time};
use crate::state::store::Store;
use crate::state::transaction::{RequestContext, Tx};
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::customer;

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new()
        .route("/c/pay/{session}", get(show).post(submit))
        .route("/c/pay/{session}/promotion", post(apply_code))
}

/// The value of the form's field `method` for a bank debit.
const BANK_DEBIT: &str = "bank_debit";

/// The fields of the payment form. Fields that are not needed may be missing.
#[derive(Deserialize)]
#[serde(default)]
struct PayForm {
    email: String,
    /// `card` or `bank_debit`.
    method: String,
    card_number: String,
    /// `MM/YY` or `MM/YYYY`.
    exp: String,
    cvc: String,
    name: String,
}

impl Default for PayForm {
    fn default() -> PayForm {
        let none = String::new;
        let method = "card".to_owned();
        PayForm { email: none(), method, card_number: none(), exp: none(), cvc: none(), name: none() }
    }
}

impl PayForm {
    /// The values to show again in the form.
    fn form_values(&self) -> FormValues<'_> {
        FormValues { email: &self.email, name: &self.name, exp: &self.exp, by_bank_debit: self.method == BANK_DEBIT }
    }
}

#[derive(Deserialize)]
struct PromotionCodeForm {
    /// An empty code removes the discount.
    code: String,
}

/// What the browser gets.
enum PageResult {
    Form(StatusCode, Box<PayPage>),
    Closed(StatusCode, Object),
    Redirect(String),
}

async fn show(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Response {
    respond(store.write(RequestContext::default(), |tx| match load(tx, &id)? {
        session if session.text("status") == "open" => {
            let intent = tx.find(ObjectType::PaymentIntent, sessions::intent_id(&session))?;
            let failure =
                intent.and_then(|intent| Some(intent.pointer("/last_payment_error/message").as_str()?.to_owned()));
            show_form(tx, &session, StatusCode::OK, failure, &FormValues::default())
        }
        session => Ok(PageResult::Closed(StatusCode::OK, session)),
    }))
}

async fn submit(State(store): State<Arc<Store>>, Path(id): Path<String>, Form(form): Form<PayForm>) -> Response {
    let paid = store.write(RequestContext::default(), |tx| pay(tx, &id, &form));
    // Invalid input changed nothing. A declined card has changed the session and returns `PageResult::Form`.
    match paid {
        Err(Error::Api(api_error)) if api_error.code != Some("resource_missing") => {
            respond(store.write(RequestContext::default(), |tx| {
                let status = StatusCode::from_u16(api_error.status).unwrap_or(StatusCode::BAD_REQUEST);
                show_form(tx, &load(tx, &id)?, status, Some(api_error.message.clone()), &form.form_values())
            }))
        }
        paid => respond(paid),
    }
}

async fn apply_code(
    State(store): State<Arc<Store>>,
    Path(id): Path<String>,
    Form(form): Form<PromotionCodeForm>,
) -> Response {
    respond(store.write(RequestContext::default(), |tx| {
        let mut session = load(tx, &id)?;
        if session.text("status") != "open" || !session.flag("allow_promotion_codes") {
            return Ok(PageResult::Closed(StatusCode::CONFLICT, session));
        }
        match set_promotion_code(tx, &mut session, form.code.trim()) {
            Ok(()) => Ok(PageResult::Redirect(format!("/c/pay/{id}"))),
            Err(Error::Api(api_error)) => show_form(
                tx,
                &session,
                StatusCode::BAD_REQUEST,
                Some(api_error.message.clone()),
                &FormValues::default(),
            ),
            Err(error) => Err(error),
        }
    }))
}

fn respond(next: Result<PageResult, Error>) -> Response {
    match next {
        Ok(PageResult::Form(status, view)) => page(status, view.as_ref()),
        Ok(PageResult::Closed(status, session)) => closed_session::closed_session_page(status, &session),
        Ok(PageResult::Redirect(url)) => Redirect::to(&url).into_response(),
        Err(error) => error_page(&error),
    }
}

fn load(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    time::run_due(tx)?;
    tx.load(ObjectType::CheckoutSession, id)
}

fn show_form(
    tx: &Tx<'_>,
    session: &Object,
    status: StatusCode,
    error: Option<String>,
    typed: &FormValues<'_>,
) -> Result<PageResult, Error> {
    Ok(PageResult::Form(status, Box::new(PayPage::new(tx, session, error, typed)?)))
}

fn pay(tx: &Tx<'_>, id: &str, form: &PayForm) -> Result<PageResult, Error> {
    let mut session = load(tx, id)?;
    if session.text("status") != "open" {
        return Ok(PageResult::Closed(StatusCode::CONFLICT, session));
    }
    let email = email(&session, form.email.trim())?;
    let name = Some(form.name.trim()).filter(|name| !name.is_empty());
    let payer = Payer { email: Some(&email), name };
    let debit = bank_debit_kind(&session);
    let method = || payment_method(tx, form, debit, &email);
    match sessions::pay(tx, &mut session, &payer, method)? {
        Some(Outcome::Declined(api_error)) => {
            let session = tx.load(ObjectType::CheckoutSession, id)?;
            show_form(tx, &session, StatusCode::PAYMENT_REQUIRED, Some(api_error.message), &form.form_values())
        }
        Some(Outcome::RequiresAction) => Ok(PageResult::Redirect(format!("/c/pay/{id}/3ds"))),
        Some(Outcome::Paid | Outcome::Processing) | None => Ok(PageResult::Redirect(sessions::success_url(&session))),
    }
}

/// The e-mail address of the session, or the submitted one.
fn email(session: &Object, typed: &str) -> Result<String, ApiError> {
    if let Some(known) = fixed_email(session) {
        return Ok(known.to_owned());
    }
    if customer::is_email(typed) {
        return Ok(typed.to_owned());
    }
    Err(ApiError::invalid_request("Please enter a valid e-mail address.")
        .with_code("email_invalid")
        .with_param("email"))
}

fn payment_method(tx: &Tx<'_>, form: &PayForm, debit: Option<&str>, email: &str) -> Result<Object, Error> {
    if form.method == BANK_DEBIT {
        let kind = debit.ok_or_else(|| {
            ApiError::invalid_request("This session does not accept bank debits.").with_param("method")
        })?;
        return payment_methods::create_page_bank_debit(tx, kind, billing_details(email, &form.name));
    }
    let (number, exp, cvc, name) = (&form.card_number, &form.exp, &form.cvc, &form.name);
    CardForm { number, exp, cvc, email, name }.create_method(tx)
}

/// Applies a promotion code to a session. An empty code removes the discount.
fn set_promotion_code(tx: &Tx<'_>, session: &mut Object, code: &str) -> Result<(), Error> {
    if code.is_empty() {
        return sessions::set_discount(tx, session, None);
    }
    let promotion = promotion_codes::find_active(tx, code)?;
    let promotion = promotion.ok_or_else(|| ApiError::invalid_request("This promotion code is invalid."))?;
    let discount = discounts::promotion_discount(tx, session, &promotion)?;
    sessions::set_discount(tx, session, Some(&discount))
}
