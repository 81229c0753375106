//! What can go wrong in a function that talks to Stripe, and the one place where it becomes an answer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::fulfil::FulfilError;
use crate::http::Problem;
use crate::store::StoreError;
use crate::stripe::StripeError;

/// An error of a request.
#[derive(Debug)]
pub enum HandlerError {
    /// A problem that is answered as it is.
    Problem(Problem),
    /// The table's.
    Store(StoreError),
    /// Stripe's.
    Stripe(StripeError),
    /// An error of `fulfil::apply`.
    Fulfil(FulfilError),
}

impl IntoResponse for HandlerError {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Problem(problem) => problem,
            Self::Store(error) | Self::Fulfil(FulfilError::Store(error)) => error.into(),
            Self::Stripe(error) | Self::Fulfil(FulfilError::Stripe(error)) => stripe_problem(&error),
            // Concurrent changes won at every attempt. The client may retry.
            Self::Fulfil(error @ (FulfilError::TooManyConflicts | FulfilError::TimedOut)) => {
                Problem::unavailable("subscription_changed", error).with_retry_after(2)
            }
            Self::Fulfil(error) => Problem::internal(error),
        };
        problem.into_response()
    }
}

fn stripe_problem(error: &StripeError) -> Problem {
    if error.is_refusal() {
        let detail = "The payment provider refused this.";
        Problem::new(StatusCode::BAD_GATEWAY, "stripe_refused", detail).with_cause(error)
    } else {
        Problem::unavailable("stripe_unavailable", error).with_retry_after(2)
    }
}

/// The arms above.
#[cfg(feature = "openapi")]
impl crate::http::openapi::InSignature for HandlerError {
    fn describe(operation: &mut crate::http::openapi::Operation) {
        let unavailable = ["store_unavailable", "stripe_unavailable", "subscription_changed"];
        operation.add_problems(StatusCode::SERVICE_UNAVAILABLE, unavailable);
        operation.add_problems(StatusCode::BAD_GATEWAY, ["stripe_refused"]);
        operation.add_problems(StatusCode::INTERNAL_SERVER_ERROR, ["internal_error"]);
    }
}

impl From<Problem> for HandlerError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for HandlerError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StripeError> for HandlerError {
    fn from(error: StripeError) -> Self {
        Self::Stripe(error)
    }
}

impl From<FulfilError> for HandlerError {
    fn from(error: FulfilError) -> Self {
        Self::Fulfil(error)
    }
}
