//! The variable parts of a path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::problem::Problem;

/// A path parameter, percent-decoded. A value that is not UTF-8 is answered with 404.
#[derive(Debug, Clone)]
pub struct PathParameter(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathParameter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = |error| Problem::not_found("There is nothing at this path.").with_cause(error);
        Path::<String>::from_request_parts(parts, state).await.map(|Path(id)| Self(id)).map_err(unknown)
    }
}

/// The two path parameters of a path that has two, in its order, percent-decoded. What is not UTF-8 is answered with 404.
#[derive(Debug, Clone)]
pub struct PathParameters(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = |error| Problem::not_found("There is nothing at this path.").with_cause(error);
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        path.map(|Path((first, second))| Self(first, second)).map_err(unknown)
    }
}
