//! What can go wrong in a function that talks to Stripe, and the one place where it becomes an answer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::fulfil::FulfilError;
use crate::http::Problem;
use crate::store::StoreError;
use crate::stripe::StripeError;

/// An error of a request.
#[derive(Debug)]
pub enum Failure {
    /// The request's, or the situation's.
    Problem(Problem),
    /// The table's.
    Store(StoreError),
    /// Stripe's.
    Stripe(StripeError),
    /// Of applying what Stripe answered.
    Fulfil(FulfilError),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Problem(problem) => problem,
            Self::Store(error) | Self::Fulfil(FulfilError::Store(error)) => error.into(),
            Self::Stripe(error) | Self::Fulfil(FulfilError::Stripe(error)) => from_stripe(&error),
            // Nothing is wrong but that others were faster, for as long as this request could wait.
            Self::Fulfil(error @ (FulfilError::Outrun | FulfilError::Late)) => {
                Problem::unavailable("subscription_changed", error).after(2)
            }
            Self::Fulfil(error) => Problem::internal(error),
        };
        problem.into_response()
    }
}

fn from_stripe(error: &StripeError) -> Problem {
    if error.is_refusal() {
        let detail = "The payment provider refused this.";
        Problem::new(StatusCode::BAD_GATEWAY, "stripe_refused", detail).because(error)
    } else {
        Problem::unavailable("stripe_unavailable", error).after(2)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StripeError> for Failure {
    fn from(error: StripeError) -> Self {
        Self::Stripe(error)
    }
}

impl From<FulfilError> for Failure {
    fn from(error: FulfilError) -> Self {
        Self::Fulfil(error)
    }
}
