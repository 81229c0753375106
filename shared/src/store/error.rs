//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A failed call. The reasons are DynamoDB's and the network's; they hold keys, never payloads.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused.
    #[error("DynamoDB refused: {reason}")]
    Refused {
        /// Its code and message.
        reason: String,
    },
    /// No answer: whether DynamoDB has done it is unknown.
    #[error("DynamoDB did not answer: {reason}")]
    NoResponse {
        /// What happened on the way.
        reason: String,
    },
    /// Other writers would not let us through.
    #[error("too much contention")]
    Contended,
    /// An item that our types cannot read.
    #[error("an item cannot be read: {reason}")]
    Unreadable {
        /// What serde says.
        reason: String,
    },
}

impl StoreError {
    /// From an error of the SDK, with the SDK's retries behind it.
    pub(super) fn from_sdk<E>(error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match &error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or("unknown");
                Self::Refused { reason: format!("{code}: {}", service.err().message().unwrap_or_default()) }
            }
            _ => Self::NoResponse { reason: causes(&error) },
        }
    }

    /// A short stable word for metrics and the error queue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "store_refused",
            Self::NoResponse { .. } => "store_no_answer",
            Self::Contended => "store_contended",
            Self::Unreadable { .. } => "store_unreadable",
        }
    }
}

/// The chain of causes in their own words. Not the SDK's `DisplayErrorContext`: it ends with the whole answer.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Unreadable { reason: error.to_string() }
    }
}
