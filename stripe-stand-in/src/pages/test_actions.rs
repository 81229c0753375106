//! Test actions: what a bank, a person or the passing of time causes at Stripe. They are a form API without keys, for
//! tests and for the dashboard's buttons. Responses are JSON; a browser is redirected to the page with the form.
//!
//! | call | does |
//! |---|---|
//! | `POST /_stand_in/bank_debits/{payment_intent}/{succeed or fail}` | settles a bank debit that is processing |
//! | `POST /_stand_in/refunds` `payment_intent, amount?` | refunds, like `POST /v1/refunds` |
//! | `POST /_stand_in/refunds/{id}/{succeed or fail}` | settles a pending refund; `fail` also works on a succeeded one |
//! | `POST /_stand_in/disputes` `payment_intent, kind=chargeback or inquiry, reason?` | opens a dispute, also a second one |
//! | `POST /_stand_in/disputes/{id}/{status}` | changes the status of a dispute |
//! | `POST /_stand_in/events/{id}/redeliver` | sends an event again to every enabled endpoint |
//! | `POST /_stand_in/clock/advance` `days`, `seconds` or `until` | advances the account's clock, and runs everything that becomes due |
//! | `POST /_stand_in/settings/after_failed_payments/{cancel, unpaid or past_due}` | what happens after the last failed retry; the default is `cancel` |
//! | `POST /_stand_in/subscriptions/{id}/{renew, fail or cancel}` | advances the clock past the renewal, for `fail` with a card that is declined; or cancels it |
//! | `POST /_stand_in/invoices/{id}/retry` | charges an open invoice now |
//! | `GET /_stand_in/deliveries?event=` | the attempts so far, newest first, at most 100 |
//!
//! Chaos and retries (`/_stand_in/chaos`, `/_stand_in/retries` and `/_stand_in/payment_retries`) are in
//! `delivery_test_actions.rs`, faults in `fault_test_actions.rs`.

use std::sync::Arc;

use axum::extract::{Path, Query as UrlQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router, middleware};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::pages::action_response;
use crate::resources::events;
use crate::rules::checkout::sessions;
use crate::rules::payments::bank_debits::Settlement;
use crate::rules::payments::{disputes, refunds};
use crate::state::deliveries::AttemptRecord;
use crate::state::store::Store;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// The test actions of this file and `more_routes`, for callers on this machine.
pub(super) fn router(more_routes: Router<Arc<Store>>) -> Router<Arc<Store>> {
    Router::new()
        .route("/_stand_in/bank_debits/{intent}/{outcome}", post(settle_bank_debit))
        .route("/_stand_in/refunds", post(create_refund))
        .route("/_stand_in/refunds/{id}/{outcome}", post(settle_refund))
        .route("/_stand_in/disputes", post(open_dispute))
        .route("/_stand_in/disputes/{id}/{status}", post(set_dispute_status))
        .route("/_stand_in/events/{id}/redeliver", post(redeliver))
        .route("/_stand_in/deliveries", get(deliveries))
        .merge(more_routes)
        .layer(middleware::from_fn(require_local_host))
}

#[derive(Deserialize)]
struct RefundForm {
    payment_intent: String,
    /// Minor units. Empty or missing means everything that is left.
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
enum SettleAction {
    Succeed,
    Fail,
}

#[derive(Deserialize)]
struct DeliveriesQuery {
    event: Option<String>,
}

/// Refuses requests from pages of other sites, and from host names that resolve to this machine (DNS rebinding).
async fn require_local_host(request: Request, next: Next) -> Response {
    let host = action_response::header_text(request.headers(), header::HOST).unwrap_or_default();
    let origin = action_response::header_text(request.headers(), header::ORIGIN);
    let own_origin = origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, host)| is_local(host)));
    if is_local(host) && own_origin {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "only this machine can make this call").into_response()
}

fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

async fn settle_bank_debit(
    State(store): State<Arc<Store>>,
    Path((id, action)): Path<(String, SettleAction)>,
    headers: HeaderMap,
) -> Response {
    let settlement = match action {
        SettleAction::Succeed => Settlement::Succeeded,
        SettleAction::Fail => Settlement::Failed,
    };
    action_response::run_action(&store, &headers, |tx| {
        let mut intent = tx.load(ObjectType::PaymentIntent, &id)?;
        sessions::settle_bank_debit(tx, &mut intent, settlement)?;
        Ok(intent.to_public_json())
    })
}

async fn create_refund(State(store): State<Arc<Store>>, headers: HeaderMap, Form(form): Form<RefundForm>) -> Response {
    action_response::run_action(&store, &headers, |tx| {
        let amount = match form.amount.as_str() {
            "" => None,
            amount => {
                Some(amount.parse().map_err(|_| ApiError::invalid_request("Invalid integer").with_param("amount"))?)
            }
        };
        let charge = charge_of(tx, &form.payment_intent)?;
        let request = refunds::RefundRequest { amount, reason: None, metadata: json!({}), pending: false };
        Ok(refunds::create(tx, &charge, request)?.to_public_json())
    })
}

async fn settle_refund(
    State(store): State<Arc<Store>>,
    Path((id, action)): Path<(String, SettleAction)>,
    headers: HeaderMap,
) -> Response {
    action_response::run_action(&store, &headers, |tx| {
        let before = tx.load(ObjectType::Refund, &id)?;
        let refund = match action {
            SettleAction::Succeed => refunds::succeed(tx, &before)?,
            SettleAction::Fail => refunds::fail(tx, &before)?,
        };
        Ok(refund.to_public_json())
    })
}

async fn open_dispute(State(store): State<Arc<Store>>, headers: HeaderMap, Form(form): Form<DisputeForm>) -> Response {
    action_response::run_action(&store, &headers, |tx| {
        let charge = charge_of(tx, &form.payment_intent)?;
        let start = match form.kind {
            DisputeKind::Chargeback => disputes::CaseType::Chargeback,
            DisputeKind::Inquiry => disputes::CaseType::Inquiry,
        };
        let reason = if form.reason.is_empty() { "fraudulent" } else { &form.reason };
        Ok(disputes::open(tx, &charge, start, reason)?.to_public_json())
    })
}

async fn set_dispute_status(
    State(store): State<Arc<Store>>,
    Path((id, status)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    action_response::run_action(&store, &headers, |tx| {
        let before = tx.load(ObjectType::Dispute, &id)?;
        if !disputes::STATUSES.contains(&status.as_str()) {
            return Err(ApiError::invalid_request(format!("A dispute has no status {status}.")).into());
        }
        Ok(disputes::change_status(tx, &before, &status)?.to_public_json())
    })
}

async fn redeliver(State(store): State<Arc<Store>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    action_response::run_action(&store, &headers, |tx| {
        events::redeliver(tx, &id, None)?;
        Ok(tx.with_pending_webhooks(tx.load(ObjectType::Event, &id)?)?.to_public_json())
    })
}

async fn deliveries(
    State(store): State<Arc<Store>>,
    UrlQuery(query): UrlQuery<DeliveriesQuery>,
    headers: HeaderMap,
) -> Response {
    action_response::run_action(&store, &headers, |tx| {
        let attempts = tx.attempts(query.event.as_deref(), 100)?;
        Ok(json!({ "object": "list", "data": attempts.iter().map(attempt_json).collect::<Vec<_>>() }))
    })
}

fn attempt_json(attempt: &AttemptRecord) -> Value {
    json!({
        "event": attempt.event,
        "type": attempt.event_type,
        "url": attempt.url,
        "attempt": attempt.number,
        "at_ms": attempt.at_millis,
        "status": attempt.status,
        "error": attempt.error,
    })
}

fn charge_of(tx: &Tx<'_>, intent: &str) -> Result<Object, Error> {
    let intent = tx.load_param(ObjectType::PaymentIntent, intent, "payment_intent")?;
    tx.load_param(ObjectType::Charge, intent.text("latest_charge"), "payment_intent")
}
