//! The edge of every function: who calls, what a body may be, how an error looks, which routes exist.

mod access;
mod body;
mod caller;
mod counted;
pub mod gateway;
mod idempotency;
mod lambda;
mod origins;
mod page;
mod path;
mod problem;
pub mod route;

pub use access::AccessAnswer;
pub use body::{Body, OptionalBody};
pub use caller::Caller;
pub use counted::{CallsStripe, CountedCaller, parse_per_minute};
pub use idempotency::IdempotencyKey;
pub use lambda::{LambdaService, run};
pub use origins::AppOrigins;
pub use page::{Page, PageRequest};
pub use path::PathId;
pub use problem::Problem;

use crate::store::StoreError;

/// The table does not answer: the caller may try again.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::unavailable("store_unavailable", error)
    }
}
