//! `POST /`: an event of Stripe's. Read, verify, open, apply.

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State as FromState;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use shared::fulfil::{self, Delivered, FulfilError, NotDelivered, Trust};
use shared::http::Problem;
use shared::metrics;
use shared::stripe::{Envelope, SignatureError};

use crate::State;

/// Stripe's largest events have a few dozen kilobytes.
const LIMIT: usize = 256 * 1024;

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
    match fulfil::deliver(&state.fulfil, envelope, Trust::Payload, now).await {
        Ok(delivered) => {
            if delivered == Delivered::Applied {
                let now = state.fulfil.store.now().as_millisecond();
                metrics::fulfilment_latency(now.saturating_sub(created.saturating_mul(1_000)));
            }
            let outcome = delivered.as_str();
            metrics::webhook_event(outcome, &kind);
            tracing::info!(%event, kind, outcome, "event");
            Ok(outcome)
        }
        // If the table does not answer, Stripe's own retries are the queue.
        Err(NotDelivered { error, .. }) => {
            metrics::webhook_event("failed", &kind);
            let detail = "The event could not be applied. Please deliver it again.";
            // Too many at once is nobody's fault, and passes.
            let problem = match &error {
                FulfilError::Outrun | FulfilError::Late => {
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "event_failed", detail).after(2)
                }
                _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "event_failed", detail),
            };
            Err(problem.because(format_args!("{event} {kind}: {}: {error}", error.code())))
        }
    }
}
