//! The edge of every function: who calls, what a body may be, how an error looks, which routes exist.

mod access;
mod body;
mod caller;
mod domain_name;
pub mod gateway;
mod idempotency;
mod lambda;
mod message;
#[cfg(feature = "openapi")]
pub mod openapi;
mod operator;
mod origins;
mod page;
mod path;
mod payment;
mod problem;
mod rate_limited_caller;
mod refund_request;
pub mod route;
mod whole_number;

pub use access::{AccessReason, AccessResponse};
pub use body::{JsonBody, OptionalJsonBody};
pub use caller::Caller;
pub use domain_name::DomainName;
pub use idempotency::IdempotencyKey;
pub use lambda::{LambdaService, run};
pub use message::{parse_note, parse_reason};
pub use operator::{GroupsClaim, OPERATORS_GROUP, Operator, parse_groups_claim};
pub use origins::AppOrigins;
pub use page::{Page, PageRequest};
pub use path::{PathParameter, PathParameters};
pub use payment::{PaymentResponse, PaymentsView};
pub use problem::Problem;
pub use rate_limited_caller::{RateLimitedCaller, StripeRateLimit, parse_per_minute};
pub use refund_request::RefundRequestResponse;
pub use whole_number::WholeNumber;

use crate::store::StoreError;

/// The table does not answer: the caller may try again.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::unavailable("store_unavailable", error)
    }
}
