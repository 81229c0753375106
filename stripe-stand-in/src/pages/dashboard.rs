//! The dashboard: payments with their test actions, events with their deliveries, customers, products. It reads the
//! store, and its buttons post to `/_stand_in` (see `test_actions.rs`).

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::pages::render::{error_page, page};
use crate::rules::payments::disputes;
use crate::state::deliveries::AttemptRecord;
use crate::state::query::{PageRequest, Query};
use crate::state::store::Store;
use crate::state::transaction::{RequestContext, Tx};
use crate::values::error::Error;
use crate::values::money;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// How many rows a page shows, the newest first.
pub(super) const ROW_LIMIT: i64 = 50;

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new()
        .route("/", get(payments))
        .route("/events", get(all_events))
        .route("/events/{id}", get(one_event))
        .route("/customers", get(customers))
        .route("/products", get(products))
}

#[derive(Template)]
#[template(path = "payments.html")]
struct PaymentsPage {
    payments: Vec<PaymentRow>,
}

struct PaymentRow {
    id: String,
    status: String,
    amount: String,
    is_received: bool,
    refundable_amount: i64,
    email: String,
    created: String,
    refunds: Vec<RefundRow>,
    disputes: Vec<DisputeRow>,
}

struct RefundRow {
    id: String,
    amount: String,
    status: String,
}

struct DisputeRow {
    id: String,
    reason: String,
    status: String,
    next_statuses: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    events: Vec<EventRow>,
}

struct EventRow {
    id: String,
    kind: String,
    created: String,
    pending: i64,
    last_attempt: Option<AttemptRecord>,
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    event: EventRow,
    payload: String,
    attempts: Vec<AttemptRecord>,
}

#[derive(Template)]
#[template(path = "table.html")]
struct TablePage {
    title: &'static str,
    headings: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

async fn payments(State(store): State<Arc<Store>>) -> Response {
    render_page(&store, |tx| {
        let (intents, _) = tx.page(Query::of(ObjectType::PaymentIntent), &PageRequest::newest(ROW_LIMIT))?;
        let payments = intents.iter().map(|intent| payment_row(tx, intent)).collect::<Result<_, _>>()?;
        Ok(PaymentsPage { payments })
    })
}

async fn all_events(State(store): State<Arc<Store>>) -> Response {
    render_page(&store, |tx| {
        let (events, _) = tx.page(Query::of(ObjectType::Event), &PageRequest::newest(ROW_LIMIT))?;
        let events = events.iter().map(|object| event_row(tx, object)).collect::<Result<_, _>>()?;
        Ok(EventsPage { events })
    })
}

async fn one_event(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Response {
    render_page(&store, |tx| {
        let object = tx.load(ObjectType::Event, &id)?;
        let payload = serde_json::to_string_pretty(&object.to_public_json())?;
        Ok(EventPage { event: event_row(tx, &object)?, payload, attempts: tx.attempts(Some(&id), 100)? })
    })
}

async fn customers(State(store): State<Arc<Store>>) -> Response {
    render_page(&store, |tx| {
        let (customers, _) = tx.page(Query::of(ObjectType::Customer), &PageRequest::newest(ROW_LIMIT))?;
        let row = |customer: &Object| {
            let text = |field| customer.text(field).to_owned();
            vec![text("email"), text("name"), text("id"), created_utc(customer)]
        };
        let headings = &["E-mail", "Name", "Id", "Created"];
        Ok(TablePage { title: "Customers", headings, rows: customers.iter().map(row).collect() })
    })
}

async fn products(State(store): State<Arc<Store>>) -> Response {
    render_page(&store, |tx| {
        let (products, _) = tx.page(Query::of(ObjectType::Product), &PageRequest::newest(ROW_LIMIT))?;
        let rows = products.iter().map(|product| product_row(tx, product)).collect::<Result<_, _>>()?;
        let headings = &["Name", "Prices", "Active", "Id", "Created"];
        Ok(TablePage { title: "Products", headings, rows })
    })
}

/// Renders the page that `read` builds in a transaction.
pub(super) fn render_page<T: Template>(store: &Store, read: impl FnOnce(&Tx<'_>) -> Result<T, Error>) -> Response {
    match store.write(RequestContext::default(), read) {
        Ok(template) => page(StatusCode::OK, &template),
        Err(error) => error_page(&error),
    }
}

fn payment_row(tx: &Tx<'_>, intent: &Object) -> Result<PaymentRow, Error> {
    let currency = intent.text("currency");
    let charge = tx.find(ObjectType::Charge, intent.text("latest_charge"))?;
    let is_received = intent.int("amount_received");
    let refunded = charge.as_ref().map_or(0, |charge| charge.int("amount_refunded"));
    let of_intent = |kind| tx.all(Query::of(kind).with("payment_intent", intent.id().to_owned()));
    let refund = |refund: &Object| RefundRow {
        id: refund.id().to_owned(),
        amount: money::format(refund.int("amount"), currency),
        status: refund.text("status").to_owned(),
    };
    let email = charge.as_ref().map(|charge| charge.pointer("/billing_details/email").as_str().unwrap_or_default());
    Ok(PaymentRow {
        id: intent.id().to_owned(),
        status: intent.text("status").to_owned(),
        amount: money::format(intent.int("amount"), currency),
        is_received: is_received > 0,
        refundable_amount: is_received - refunded,
        email: email.unwrap_or_default().to_owned(),
        created: created_utc(intent),
        refunds: of_intent(ObjectType::Refund)?.iter().map(refund).collect(),
        disputes: of_intent(ObjectType::Dispute)?.iter().map(dispute_row).collect(),
    })
}

fn dispute_row(dispute: &Object) -> DisputeRow {
    let status = dispute.text("status");
    let next_statuses: &[&str] = match status {
        closed if disputes::is_closed(closed) => &[],
        inquiry if inquiry.starts_with("warning_") => &["warning_closed", "needs_response"],
        "needs_response" => &["under_review", "won", "lost"],
        _ => &["won", "lost"],
    };
    DisputeRow {
        id: dispute.id().to_owned(),
        reason: dispute.text("reason").to_owned(),
        status: status.to_owned(),
        next_statuses: next_statuses.to_vec(),
    }
}

fn event_row(tx: &Tx<'_>, object: &Object) -> Result<EventRow, Error> {
    Ok(EventRow {
        id: object.id().to_owned(),
        kind: object.text("type").to_owned(),
        created: created_utc(object),
        pending: tx.pending_webhooks(object.id())?,
        last_attempt: tx.attempts(Some(object.id()), 1)?.into_iter().next(),
    })
}

fn product_row(tx: &Tx<'_>, product: &Object) -> Result<Vec<String>, Error> {
    let prices = tx.all(Query::of(ObjectType::Price).with("product", product.id().to_owned()))?;
    let price = |price: &Object| money::format(price.int("unit_amount"), price.text("currency"));
    let prices: Vec<String> = prices.iter().filter(|price| price.flag("active")).map(price).collect();
    let active = if product.flag("active") { "yes" } else { "no" };
    let (name, id) = (product.text("name").to_owned(), product.id().to_owned());
    Ok(vec![name, prices.join(", "), active.to_owned(), id, created_utc(product)])
}

/// When an object was created, in UTC.
pub(super) fn created_utc(object: &Object) -> String {
    format_utc(object.int("created"))
}

/// Formats unix seconds as date and time in UTC.
pub(super) fn format_utc(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
