//! The hosted page of an invoice, `/i/{invoice}`: its lines, its PDF, and a form to pay it while it is open.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde::Deserialize;

use crate::pages::card_form::CardForm;
use crate::pages::pdf;
use crate::pages::render::{error_page, page};
use crate::rules::billing::{collection, invoices};
use crate::rules::payments::outcome::Outcome;
use crate::rules::time;
use crate::state::store::Store;
use crate::state::test_clock;
use crate::state::transaction::{RequestContext, Tx};
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::invoice;
use crate::values::{billing_interval, money};

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new().route("/i/{invoice}", get(show).post(pay)).route("/i/{invoice}/pdf", get(show_pdf))
}

#[derive(Template)]
#[template(path = "invoice.html")]
struct InvoicePage {
    id: String,
    number: String,
    status: String,
    day: String,
    lines: Vec<Line>,
    discount: Option<String>,
    total: String,
    due: String,
    is_open: bool,
    pdf: String,
    error: Option<String>,
}

struct Line {
    description: String,
    amount: String,
}

#[derive(Deserialize)]
struct PayForm {
    card_number: String,
    exp: String,
    cvc: String,
}

/// What the browser gets after the form is submitted.
enum PayResult {
    Redirect(String),
    ShowError(String),
}

async fn show(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Response {
    show_page(&store, &id, StatusCode::OK, None)
}

async fn pay(State(store): State<Arc<Store>>, Path(id): Path<String>, Form(form): Form<PayForm>) -> Response {
    let paid = store.write(RequestContext::default(), |tx| try_pay(tx, &id, &form));
    match paid {
        Ok(PayResult::Redirect(url)) => Redirect::to(&url).into_response(),
        Ok(PayResult::ShowError(message)) => show_page(&store, &id, StatusCode::PAYMENT_REQUIRED, Some(message)),
        Err(Error::Api(api_error)) => {
            let status = StatusCode::from_u16(api_error.status).unwrap_or(StatusCode::BAD_REQUEST);
            show_page(&store, &id, status, Some(api_error.message.clone()))
        }
        Err(error) => error_page(&error),
    }
}

fn try_pay(tx: &Tx<'_>, id: &str, form: &PayForm) -> Result<PayResult, Error> {
    let invoice = load(tx, id)?;
    invoices::require_status(&invoice, &["open", "uncollectible"], "paid")?;
    let (number, exp, cvc) = (&form.card_number, &form.exp, &form.cvc);
    let (email, name) = (invoice.text("customer_email"), invoice.text("customer_name"));
    let method = CardForm { number, exp, cvc, email, name }.create_method(tx)?;
    Ok(match collection::pay(tx, &invoice, &method)? {
        Outcome::Declined(api_error) => PayResult::ShowError(api_error.message),
        Outcome::RequiresAction => PayResult::Redirect(format!("/c/pay/{}/3ds", invoice.hidden_text("intent"))),
        Outcome::Paid | Outcome::Processing => PayResult::Redirect(format!("/i/{id}")),
    })
}

async fn show_pdf(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Response {
    match store.write(RequestContext::default(), |tx| load(tx, &id)) {
        Ok(invoice) => {
            ([(header::CONTENT_TYPE, "application/pdf")], pdf::pdf_of_lines(&pdf_lines(&invoice))).into_response()
        }
        Err(error) => error_page(&error),
    }
}

fn pdf_lines(invoice: &Object) -> Vec<String> {
    let price = |amount: i64| money::format(amount, invoice.text("currency"));
    let mut lines = vec![
        format!("Invoice {}", invoice.text("number")),
        format!("{}, {}", billing_interval::format_date(invoice.int("created")), invoice.text("status")),
        invoice.text("customer_email").to_owned(),
        String::new(),
    ];
    for line in invoice::lines(invoice) {
        let amount = price(line["amount"].as_i64().unwrap_or_default());
        lines.push(format!("{amount}  {}", line["description"].as_str().unwrap_or_default()));
    }
    lines.push(String::new());
    lines.push(format!("Total {}", price(invoice.int("total"))));
    lines.push(format!("Amount due {}", price(invoice.int("amount_remaining"))));
    lines
}

fn load(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    time::run_due(tx)?;
    let invoice = tx.load(ObjectType::Invoice, id)?;
    test_clock::use_clock_of(tx, &invoice)?;
    // Stripe has no hosted page for a draft.
    invoices::require_status(&invoice, &["open", "paid", "uncollectible", "void"], "shown")?;
    Ok(invoice)
}

fn show_page(store: &Store, id: &str, status: StatusCode, error: Option<String>) -> Response {
    match store.write(RequestContext::default(), |tx| load(tx, id)) {
        Ok(invoice) => page(status, &invoice_page(&invoice, error)),
        Err(error) => error_page(&error),
    }
}

fn invoice_page(invoice: &Object, error: Option<String>) -> InvoicePage {
    let price = |amount: i64| money::format(amount, invoice.text("currency"));
    let line = |line: &serde_json::Value| Line {
        description: line["description"].as_str().unwrap_or_default().to_owned(),
        amount: price(line["amount"].as_i64().unwrap_or_default()),
    };
    let discount = invoice.int("subtotal") - invoice.int("total");
    InvoicePage {
        id: invoice.id().to_owned(),
        number: invoice.text("number").to_owned(),
        status: invoice.text("status").to_owned(),
        day: billing_interval::format_date(invoice.int("created")),
        lines: invoice::lines(invoice).iter().map(line).collect(),
        discount: (discount > 0).then(|| price(-discount)),
        total: price(invoice.int("total")),
        due: price(invoice.int("amount_remaining")),
        is_open: invoice.text("status") == "open",
        pdf: invoice.text("invoice_pdf").to_owned(),
        error,
    }
}
