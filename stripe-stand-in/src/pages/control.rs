//! What only time, a bank or a person can do at Stripe, as a form API without keys for tests and for the dashboard's
//! buttons. Answers are JSON; a browser's form is sent back to the page it came from.
//!
//! | call | does |
//! |---|---|
//! | `POST /_stand_in/bank_debits/{payment_intent}/{succeed or fail}` | settles a bank debit that is processing |
//! | `POST /_stand_in/refunds` `payment_intent, amount?` | refunds, like `POST /v1/refunds` |
//! | `POST /_stand_in/refunds/{id}/{succeed or fail}` | ends a pending refund; also fails one that had succeeded |
//! | `POST /_stand_in/disputes` `payment_intent, kind=chargeback or inquiry, reason?` | opens a dispute, again if wanted |
//! | `POST /_stand_in/disputes/{id}/{status}` | moves a dispute to any of Stripe's statuses |
//! | `POST /_stand_in/events/{id}/redeliver` | owes an event again to every enabled endpoint |
//! | `POST /_stand_in/clock/advance` `days`, `seconds` or `until` | moves the account's time, and does what is due on the way |
//! | `POST /_stand_in/settings/after_failed_payments/{cancel, unpaid or past_due}` | what follows the last failed retry; `cancel` until it is changed |
//! | `POST /_stand_in/subscriptions/{id}/{renew, fail or cancel}` | moves the time past the renewal, with a card that fails if wanted; or ends it |
//! | `POST /_stand_in/invoices/{id}/retry` | charges an open invoice now |
//! | `GET /_stand_in/deliveries?event=` | the attempts so far, newest first, at most 100 |

use std::sync::Arc;

use axum::extract::{Path, Query as UrlQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::billing_control;
use crate::Inner;
use crate::error::{Error, Refusal};
use crate::ids::Kind;
use crate::object::Object;
use crate::payments::debit::{self, Settlement};
use crate::payments::{dispute, refund};
use crate::resources::events;
use crate::store::{Attempt, Caller, Tx};

pub(super) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/_stand_in/bank_debits/{intent}/{outcome}", post(settle_debit))
        .route("/_stand_in/refunds", post(create_refund))
        .route("/_stand_in/refunds/{id}/{outcome}", post(end_refund))
        .route("/_stand_in/disputes", post(open_dispute))
        .route("/_stand_in/disputes/{id}/{status}", post(move_dispute))
        .route("/_stand_in/events/{id}/redeliver", post(redeliver))
        .route("/_stand_in/deliveries", get(deliveries))
        .merge(billing_control::router())
        .layer(middleware::from_fn(only_this_machine))
}

#[derive(Deserialize)]
struct RefundForm {
    payment_intent: String,
    /// Minor units; empty or missing is all that is left.
    #[serde(default)]
    amount: String,
}

#[derive(Deserialize)]
struct DisputeForm {
    payment_intent: String,
    kind: DisputeKind,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum DisputeKind {
    Chargeback,
    Inquiry,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Succeed,
    Fail,
}

#[derive(Deserialize)]
struct DeliveriesQuery {
    event: Option<String>,
}

/// A page of another site must not press these buttons, and a name that was rebound to this machine is another site.
async fn only_this_machine(request: Request, next: Next) -> Response {
    let host = header_text(request.headers(), header::HOST).unwrap_or_default();
    let origin = header_text(request.headers(), header::ORIGIN);
    let own_origin = origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, host)| is_local(host)));
    if is_local(host) && own_origin {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "only from this machine").into_response()
}

fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn settle_debit(
    State(inner): State<Arc<Inner>>,
    Path((id, end)): Path<(String, End)>,
    headers: HeaderMap,
) -> Response {
    let settlement = match end {
        End::Succeed => Settlement::Succeeded,
        End::Fail => Settlement::Failed,
    };
    run(&inner, &headers, |tx| {
        let mut intent = tx.load(Kind::PaymentIntent, &id)?;
        debit::settle(tx, &mut intent, settlement)?;
        Ok(intent.public())
    })
}

async fn create_refund(State(inner): State<Arc<Inner>>, headers: HeaderMap, Form(form): Form<RefundForm>) -> Response {
    run(&inner, &headers, |tx| {
        let amount = match form.amount.as_str() {
            "" => None,
            amount => Some(amount.parse().map_err(|_| Refusal::invalid("Invalid integer").param("amount"))?),
        };
        let charge = charge_of(tx, &form.payment_intent)?;
        let request = refund::Request { amount, reason: None, metadata: json!({}), pending: false };
        Ok(refund::create(tx, &charge, request)?.public())
    })
}

async fn end_refund(
    State(inner): State<Arc<Inner>>,
    Path((id, end)): Path<(String, End)>,
    headers: HeaderMap,
) -> Response {
    run(&inner, &headers, |tx| {
        let before = tx.load(Kind::Refund, &id)?;
        let refund = match end {
            End::Succeed => refund::succeed(tx, &before)?,
            End::Fail => refund::fail(tx, &before)?,
        };
        Ok(refund.public())
    })
}

async fn open_dispute(State(inner): State<Arc<Inner>>, headers: HeaderMap, Form(form): Form<DisputeForm>) -> Response {
    run(&inner, &headers, |tx| {
        let charge = charge_of(tx, &form.payment_intent)?;
        let start = match form.kind {
            DisputeKind::Chargeback => dispute::Start::Chargeback,
            DisputeKind::Inquiry => dispute::Start::Inquiry,
        };
        let reason = if form.reason.is_empty() { "fraudulent" } else { &form.reason };
        Ok(dispute::open(tx, &charge, start, reason)?.public())
    })
}

async fn move_dispute(
    State(inner): State<Arc<Inner>>,
    Path((id, status)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    run(&inner, &headers, |tx| {
        let before = tx.load(Kind::Dispute, &id)?;
        if !dispute::STATUSES.contains(&status.as_str()) {
            return Err(Refusal::invalid(format!("A dispute has no status {status}.")).into());
        }
        Ok(dispute::change_status(tx, &before, &status)?.public())
    })
}

async fn redeliver(State(inner): State<Arc<Inner>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    run(&inner, &headers, |tx| {
        events::redeliver(tx, &id, None)?;
        Ok(tx.with_pending_webhooks(tx.load(Kind::Event, &id)?)?.public())
    })
}

async fn deliveries(
    State(inner): State<Arc<Inner>>,
    UrlQuery(query): UrlQuery<DeliveriesQuery>,
    headers: HeaderMap,
) -> Response {
    run(&inner, &headers, |tx| {
        let attempts = tx.attempts(query.event.as_deref(), 100)?;
        Ok(json!({ "object": "list", "data": attempts.iter().map(shown).collect::<Vec<_>>() }))
    })
}

fn shown(attempt: &Attempt) -> Value {
    json!({
        "event": attempt.event,
        "type": attempt.event_type,
        "url": attempt.url,
        "attempt": attempt.number,
        "at_ms": attempt.at,
        "status": attempt.status,
        "error": attempt.error,
    })
}

fn charge_of(tx: &Tx<'_>, intent: &str) -> Result<Object, Error> {
    let intent = tx.load_param(Kind::PaymentIntent, intent, "payment_intent")?;
    tx.load_param(Kind::Charge, intent.text("latest_charge"), "payment_intent")
}

/// Runs it and answers JSON, or leads a browser back to where it pressed the button.
pub(super) fn run(inner: &Inner, headers: &HeaderMap, work: impl FnOnce(&Tx<'_>) -> Result<Value, Error>) -> Response {
    let done = inner.write(Caller::default(), work);
    let from_page = header_text(headers, header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    match done {
        Ok(_) if from_page => Redirect::to(&came_from(headers)).into_response(),
        Ok(body) => Json(body).into_response(),
        Err(error) if from_page => super::error_page(&error),
        Err(Error::Refused(refusal)) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
            (status, Json(json!({ "error": refusal.to_json() }))).into_response()
        }
        Err(error) => super::error_page(&error),
    }
}

/// The path of the page that holds the form.
fn came_from(headers: &HeaderMap) -> String {
    let referer = header_text(headers, header::REFERER).and_then(|url| url.parse::<Uri>().ok());
    referer.map_or_else(|| "/".to_owned(), |uri| uri.path().to_owned())
}
