//! What can go wrong, and how DynamoDB says it.

use axum::http::{Response, StatusCode};
use bytes::Bytes;
use http_body_util::Full;
use serde_json::{Value, json};

/// What goes wrong, and with which call: the first one after the start or the last [`super::FaultProxy::reset`] is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection dies before the call reaches DynamoDB.
    KillBefore(usize),
    /// DynamoDB does the work, the connection dies before the answer.
    KillAfter(usize),
    /// The process crashes before this call: it and every later one dies.
    CrashBefore(usize),
    /// The process crashes after this call: DynamoDB does the work, nobody hears of it, every later call dies.
    CrashAfter(usize),
    /// A transaction meets another one on the same item.
    TransactionConflict(usize),
    /// The account's or table's request rate is too high.
    Throttle(usize),
    /// The partition's capacity is used up.
    ExceedThroughput(usize),
}

/// What happens to one call.
pub(super) enum Outcome {
    Forward,
    Die,
    ForwardAndDie,
    /// Stripe's server error, or its replay.
    Fail {
        replayed: bool,
    },
    ForwardAndFail,
    /// Stripe says no, with this status and code.
    Refuse(u16, &'static str),
    /// Until the client gives up.
    ForwardAndWait,
    TestResponse(&'static str),
}

impl Fault {
    pub(super) fn outcome(self, call: usize) -> Option<Outcome> {
        match self {
            Self::KillBefore(n) if call == n => Some(Outcome::Die),
            Self::CrashBefore(n) if call >= n => Some(Outcome::Die),
            Self::CrashAfter(n) if call > n => Some(Outcome::Die),
            Self::KillAfter(n) | Self::CrashAfter(n) if call == n => Some(Outcome::ForwardAndDie),
            Self::TransactionConflict(n) if call == n => Some(Outcome::TestResponse("TransactionCanceledException")),
            Self::Throttle(n) if call == n => Some(Outcome::TestResponse("ThrottlingException")),
            Self::ExceedThroughput(n) if call == n => {
                Some(Outcome::TestResponse("ProvisionedThroughputExceededException"))
            }
            _ => None,
        }
    }
}

/// A server error of Stripe's.
pub(super) fn server_error(replayed: bool) -> Response<Full<Bytes>> {
    let body = json!({"error": {"type": "api_error", "message": "injected by the fault proxy"}});
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    if replayed {
        response.headers_mut().insert("idempotent-replayed", "true".parse().unwrap());
    }
    response
}

/// Stripe's answer to what it does not do.
pub(super) fn stripe_refusal(status: u16, code: &str) -> Response<Full<Bytes>> {
    let message = "injected by the fault proxy";
    let body = json!({"error": {"type": "invalid_request_error", "code": code, "message": message}});
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// An error in DynamoDB's own words.
pub(super) fn refusal(error: &str, request: &[u8]) -> Response<Full<Bytes>> {
    let mut body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{error}"),
        "message": "injected by the fault proxy",
    });
    if error == "TransactionCanceledException" {
        body["CancellationReasons"] = conflict_reasons(request);
    }
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
    response
}

/// One reason per item of the transaction; the first item is the contended one.
fn conflict_reasons(request: &[u8]) -> Value {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let items = request["TransactItems"].as_array().map_or(1, Vec::len);
    let reason = |item| match item {
        0 => json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" }),
        _ => json!({ "Code": "None" }),
    };
    (0..items).map(reason).collect()
}
