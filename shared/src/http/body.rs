//! A JSON body, read with a limit and refused with a code that says what is wrong with it.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::problem::Problem;

/// No request of ours needs more.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// A request's JSON body.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

/// A body of which every member is optional: none at all is as good as `{}`.
#[derive(Debug, Clone, Copy)]
pub struct OptionalJsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::bad_request("body_missing", "This route takes a JSON object as its body.");
        parse_json(&read_body(request).await?.ok_or_else(missing)?).map(Self)
    }
}

impl<T: DeserializeOwned + Default, S: Sync> FromRequest<S> for OptionalJsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read_body(request).await?.map_or_else(|| Ok(T::default()), |bytes| parse_json(&bytes)).map(Self)
    }
}

/// The body; `None` when it is blank.
async fn read_body(request: Request) -> Result<Option<Bytes>, Problem> {
    let bytes = to_bytes(request.into_body(), MAX_BODY_BYTES).await.map_err(|_| {
        let detail = format!("The body has more than {MAX_BODY_BYTES} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })?;
    Ok(Some(bytes).filter(|bytes| !bytes.iter().all(u8::is_ascii_whitespace)))
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would read an array as a struct's members in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        let json = serde_json::from_slice::<IgnoredAny>(bytes);
        return Err(json.map_or_else(|_| malformed(), |_| invalid_field()));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| deserialization_problem(&error))?;
    json.end().map_err(|_| malformed())?;
    Ok(value)
}

/// The client is told which field is wrong. The library's message is only logged.
fn deserialization_problem(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    if !error.inner().is_data() {
        return malformed();
    }
    let problem =
        invalid_field().with_cause(format_args!("line {} column {}", error.inner().line(), error.inner().column()));
    match error.path().to_string().as_str() {
        "." => problem,
        field => problem.with_field(field),
    }
}

fn invalid_field() -> Problem {
    Problem::bad_request("invalid_field", "A field is unknown, missing, or not of its documented type.")
}

fn malformed() -> Problem {
    Problem::bad_request("malformed_json", "The body is not JSON.")
}
