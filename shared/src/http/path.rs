//! The one variable part of a path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::problem::Problem;

/// A path parameter, percent-decoded. What is no text names nothing that exists.
#[derive(Debug, Clone)]
pub struct PathId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = |error| Problem::not_found("There is nothing at this path.").because(error);
        Path::<String>::from_request_parts(parts, state).await.map(|Path(id)| Self(id)).map_err(unknown)
    }
}
