//! What can go wrong in a function that talks to Stripe, and the one place where it becomes an answer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::fulfil::FulfilError;
#[cfg(feature = "refunds")]
use crate::fulfil::RefundDecisionError;
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

/// A decision about a refund request that was not made.
#[cfg(feature = "refunds")]
impl From<RefundDecisionError> for HandlerError {
    fn from(error: RefundDecisionError) -> Self {
        let problem = match error {
            RefundDecisionError::NotFound => Problem::not_found("There is no such refund request."),
            RefundDecisionError::Closed(status) => {
                let detail = "The request was decided or withdrawn, and this cannot be done with it any more.";
                Problem::conflict("refund_request_closed", detail).with_member("refund_request_status", status.as_str())
            }
            RefundDecisionError::NothingLeft => {
                Problem::conflict("already_refunded", "Nothing is left of the payment to refund.")
            }
            RefundDecisionError::AmountTooLarge { left } => {
                let detail = "The amount is more than is left of what the payment collected.";
                Problem::conflict("amount_too_large", detail).with_member("refundable_amount", left)
            }
            RefundDecisionError::Disputed => {
                let detail = "The bank holds the money; a dispute that is lost gives it back.";
                Problem::conflict("payment_disputed", detail)
            }
            RefundDecisionError::Busy => {
                let cause = "another request is changing the learner's subscriptions or refund requests";
                Problem::unavailable("subscription_changed", cause).with_retry_after(2)
            }
            RefundDecisionError::Fulfil(error) => return error.into(),
        };
        problem.into()
    }
}

impl From<FulfilError> for HandlerError {
    fn from(error: FulfilError) -> Self {
        Self::Fulfil(error)
    }
}
