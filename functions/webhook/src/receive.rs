//! `POST /`: an event of Stripe's. Read, verify, open, apply.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State as FromState;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use shared::fulfil::{self, FulfilError, Heard, Outcome};
use shared::http::Problem;
use shared::metrics;
use shared::store::{Entry, Failure};
use shared::stripe::{Envelope, SignatureError};

use crate::{State, queue};

/// Stripe's largest events have a few dozen kilobytes.
const LIMIT: usize = 256 * 1024;

/// Leaves time to record the failure before Lambda, or Stripe's patience, ends.
const DEADLINE: Duration = Duration::from_secs(15);

#[derive(Serialize)]
pub(crate) struct Received {
    outcome: &'static str,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Received>, Problem> {
    let payload = read(body).await?;
    let now = state.fulfil.store.now();
    verify(&state, &headers, &payload, now)?;
    let envelope = open(&state, &payload)?;
    Ok(Json(Received { outcome: apply(&state, envelope, now).await? }))
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, LIMIT).await.map_err(|_| {
        let detail = format!("An event has at most {LIMIT} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })
}

/// Over the raw bytes: a re-encoded body would be another text.
fn verify(state: &State, headers: &HeaderMap, payload: &[u8], now: Timestamp) -> Result<(), Problem> {
    let header = headers.get("stripe-signature").and_then(|header| header.to_str().ok()).unwrap_or_default();
    state.secrets.verify(payload, header, now).map_err(|error| {
        let code = match error {
            SignatureError::Malformed if header.is_empty() => "signature_missing",
            SignatureError::Malformed => "signature_malformed",
            SignatureError::NoMatch => "signature_invalid",
            SignatureError::Stale => "signature_stale",
        };
        Problem::bad_request(code, "The Stripe-Signature header does not vouch for this body.").because(error)
    })
}

fn open(state: &State, payload: &[u8]) -> Result<Envelope, Problem> {
    let envelope = Envelope::parse(payload)
        .map_err(|error| Problem::bad_request("not_an_event", "The body is not a Stripe event.").because(error))?;
    if envelope.livemode == state.livemode {
        return Ok(envelope);
    }
    Err(Problem::bad_request("wrong_livemode", "The event's livemode is not the configured one."))
}

/// Applies the event, and says how that ended to whoever watches.
async fn apply(state: &State, envelope: Envelope, now: Timestamp) -> Result<&'static str, Problem> {
    let (event, kind, created) = (envelope.event.clone(), envelope.kind.clone(), envelope.created);
    // Whatever it says, it is about somebody else's money.
    if envelope.account.is_some() {
        metrics::webhook_event("not_ours", &kind);
        return Ok("not_ours");
    }
    let Some(heard) = Heard::from_event(envelope) else {
        metrics::webhook_event("ignored", &kind);
        return Ok("ignored");
    };
    let store = &state.fulfil.store;
    // A failed event is kept without personal data: Stripe has the rest.
    let payload = || heard.object.event_json(&event, &kind, created, state.livemode);
    let applied = tokio::time::timeout(DEADLINE, fulfil::apply(&state.fulfil, &heard, now)).await;
    let outcome = match applied.unwrap_or(Err(FulfilError::Late)) {
        Ok(done @ (Outcome::Applied | Outcome::Mended)) => {
            metrics::fulfilment_latency(store.now().as_millisecond() - created.saturating_mul(1_000));
            if done == Outcome::Mended {
                queue::look(store).await;
            }
            "applied"
        }
        Ok(Outcome::Duplicate) => "duplicate",
        Ok(Outcome::NotOurs) => {
            // It may have failed before we could tell.
            if store.close_failure(&event).await? == Entry::Closed {
                queue::look(store).await;
            }
            "not_ours"
        }
        Ok(Outcome::Unassigned) => {
            let error = "a price of ours was sold without naming a learner; assign it by hand";
            let failure =
                Failure { event: &event, kind: &kind, code: "unassigned_sale", error, payload: &payload(), at: now };
            queue::put(store, &failure).await?;
            "unassigned"
        }
        Err(error) => {
            metrics::webhook_event("failed", &kind);
            // If the table does not answer, Stripe's own retries are the queue.
            let (code, reason) = (error.code(), error.to_string());
            let failure = Failure { event: &event, kind: &kind, code, error: &reason, payload: &payload(), at: now };
            if let Err(error) = queue::put(store, &failure).await {
                tracing::error!(%event, %error, "the failed event cannot be recorded");
            }
            let detail = "The event could not be applied. Please deliver it again.";
            // Too many at once is nobody's fault, and passes.
            let problem = match &error {
                FulfilError::Outrun | FulfilError::Late => {
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "event_failed", detail).after(2)
                }
                _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "event_failed", detail),
            };
            return Err(problem.because(format_args!("{event} {kind}: {}: {error}", error.code())));
        }
    };
    metrics::webhook_event(outcome, &kind);
    tracing::info!(%event, kind, outcome, "event");
    Ok(outcome)
}
