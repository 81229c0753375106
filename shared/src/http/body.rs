//! A JSON body, read with a limit and refused with a code that says what is wrong with it.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// No request of ours needs more.
const LIMIT: usize = 64 * 1024;

/// A request's JSON body.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

/// A body of which every member is optional: none at all is as good as `{}`.
#[derive(Debug, Clone, Copy)]
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::bad_request("body_missing", "This route takes a JSON object as its body.");
        read(&bytes(request).await?.ok_or_else(missing)?).map(Self)
    }
}

impl<T: DeserializeOwned + Default, S: Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        bytes(request).await?.map_or_else(|| Ok(T::default()), |bytes| read(&bytes)).map(Self)
    }
}

/// The body; `None` when it is blank.
async fn bytes(request: Request) -> Result<Option<Bytes>, Problem> {
    let bytes = to_bytes(request.into_body(), LIMIT).await.map_err(|_| {
        let detail = format!("The body has more than {LIMIT} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })?;
    Ok(Some(bytes).filter(|bytes| !bytes.iter().all(u8::is_ascii_whitespace)))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| refuse(&error))?;
    json.end().map_err(|_| malformed())?;
    Ok(value)
}

/// The library's words stay inside; the field goes out.
fn refuse(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    if !error.inner().is_data() {
        return malformed();
    }
    let detail = "A field is unknown, missing, or not of its documented type.";
    let problem = Problem::bad_request("invalid_field", detail).because(format_args!(
        "line {} column {}",
        error.inner().line(),
        error.inner().column()
    ));
    match error.path().to_string().as_str() {
        "." => problem,
        field => problem.at(field),
    }
}

fn malformed() -> Problem {
    Problem::bad_request("malformed_json", "The body is not JSON.")
}
