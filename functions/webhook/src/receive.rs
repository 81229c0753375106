//! `POST /`: an event of Stripe's. Read, verify, parse, apply.

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State as FromState;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use shared::fulfil::{self, DeliveryError, DeliveryOutcome, FulfilError, PayloadUse};
use shared::http::Problem;
use shared::metrics;
use shared::stripe::{SignatureError, StripeEvent};

use crate::state::State;

/// Stripe's largest events have a few dozen kilobytes.
const MAX_BODY_BYTES: usize = 256 * 1024;

#[derive(Serialize)]
pub(crate) struct WebhookResponse {
    outcome: &'static str,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<WebhookResponse>, Problem> {
    let signature = signature_header(&headers)?;
    let payload = read_body(body).await?;
    let now = state.fulfil.store.now();
    verify(&state, signature, &payload, now)?;
    let stripe_event = parse_event(&state, &payload)?;
    Ok(Json(WebhookResponse { outcome: apply(&state, stripe_event, now).await? }))
}

async fn read_body(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
        let detail = format!("An event has at most {MAX_BODY_BYTES} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })
}

/// The `Stripe-Signature` header. A request without one is answered before its body is parsed.
fn signature_header(headers: &HeaderMap) -> Result<&str, Problem> {
    let header = headers.get("stripe-signature").and_then(|header| header.to_str().ok());
    header.filter(|header| !header.is_empty()).ok_or_else(|| signature_problem("signature_missing").without_log())
}

/// Checks the signature over the raw bytes: a re-encoded body would differ.
fn verify(state: &State, signature: &str, payload: &[u8], now: Timestamp) -> Result<(), Problem> {
    state.secrets.verify(payload, signature, now).map_err(|error| match error {
        SignatureError::Malformed => signature_problem("signature_malformed").without_log(),
        SignatureError::NoMatch => signature_problem("signature_invalid").without_log(),
        // Only Stripe can have signed it.
        SignatureError::Stale => signature_problem("signature_stale").with_cause(error),
    })
}

/// Anybody can send this request, so it is counted in a metric and not logged. An operator with a wrong secret sees
/// the response in Stripe's Dashboard.
fn signature_problem(code: &'static str) -> Problem {
    metrics::webhook_event("refused", code);
    Problem::bad_request(code, "The Stripe-Signature header does not vouch for this body.")
}

fn parse_event(state: &State, payload: &[u8]) -> Result<StripeEvent, Problem> {
    let stripe_event = StripeEvent::parse(payload)
        .map_err(|error| Problem::bad_request("not_an_event", "The body is not a Stripe event.").with_cause(error))?;
    if stripe_event.livemode == state.livemode {
        return Ok(stripe_event);
    }
    Err(Problem::bad_request("wrong_livemode", "The event's livemode is not the configured one."))
}

/// Applies the event, and reports the outcome in a metric and the log.
async fn apply(state: &State, stripe_event: StripeEvent, now: Timestamp) -> Result<&'static str, Problem> {
    let (event, kind, created) = (stripe_event.id.clone(), stripe_event.event_type.clone(), stripe_event.created);
    match fulfil::deliver(&state.fulfil, stripe_event, PayloadUse::WhenFresh, now).await {
        Ok(delivered) => {
            if delivered == DeliveryOutcome::Applied {
                let now = state.fulfil.store.now().as_millisecond();
                metrics::fulfilment_latency(now.saturating_sub(created.saturating_mul(1_000)));
            }
            let outcome = delivered.as_str();
            metrics::webhook_event(outcome, &kind);
            tracing::info!(%event, kind, outcome, "event");
            Ok(outcome)
        }
        // If the table does not answer, Stripe's own retries are the queue.
        Err(DeliveryError { error, .. }) => {
            metrics::webhook_event("failed", &kind);
            let detail = "The event could not be applied. Please deliver it again.";
            // Too many at once, and a table that lets us wait, are no defect of ours, and pass.
            let problem = match &error {
                FulfilError::TooManyConflicts | FulfilError::TimedOut | FulfilError::Store(_) => {
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "event_failed", detail).with_retry_after(2)
                }
                _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "event_failed", detail),
            };
            Err(problem.with_cause(format_args!("{event} {kind}: {}: {error}", error.code())))
        }
    }
}
