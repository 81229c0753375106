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
    let signature = signature(&headers)?;
    let payload = read(body).await?;
    let now = state.fulfil.store.now();
    verify(&state, signature, &payload, now)?;
    let envelope = open(&state, &payload)?;
    Ok(Json(Received { outcome: apply(&state, envelope, now).await? }))
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, LIMIT).await.map_err(|_| {
        let detail = format!("An event has at most {LIMIT} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })
}

/// Whoever sends none is answered before the body is looked at.
fn signature(headers: &HeaderMap) -> Result<&str, Problem> {
    let header = headers.get("stripe-signature").and_then(|header| header.to_str().ok());
    header.filter(|header| !header.is_empty()).ok_or_else(|| refused("signature_missing").unlogged())
}

/// Over the raw bytes: a re-encoded body would be another text.
fn verify(state: &State, signature: &str, payload: &[u8], now: Timestamp) -> Result<(), Problem> {
    state.secrets.verify(payload, signature, now).map_err(|error| match error {
        SignatureError::Malformed => refused("signature_malformed").unlogged(),
        SignatureError::NoMatch => refused("signature_invalid").unlogged(),
        // Only Stripe can have signed it.
        SignatureError::Stale => refused("signature_stale").because(error),
    })
}

/// Anybody can call: a metric counts it, and Stripe's dashboard shows the answer to who has mistaken the secret.
fn refused(code: &'static str) -> Problem {
    metrics::webhook_event("refused", code);
    Problem::bad_request(code, "The Stripe-Signature header does not vouch for this body.")
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
            // Too many at once, and a table that lets us wait, are no defect of ours, and pass.
            let problem = match &error {
                FulfilError::Outrun | FulfilError::Late | FulfilError::Store(_) => {
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "event_failed", detail).after(2)
                }
                _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "event_failed", detail),
            };
            Err(problem.because(format_args!("{event} {kind}: {}: {error}", error.code())))
        }
    }
}
