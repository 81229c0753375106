//! The status of a dispute, and whether it closes what was paid for.

use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;

/// Stripe's dispute statuses. See <https://docs.stripe.com/api/disputes/object#dispute_object-status>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DisputeStatus {
    /// An inquiry: no money has moved.
    WarningNeedsResponse,
    /// An inquiry under review.
    WarningUnderReview,
    /// An inquiry that ended without a chargeback.
    WarningClosed,
    /// A chargeback: the money is gone until it is won.
    NeedsResponse,
    /// A chargeback under review.
    UnderReview,
    /// Won: the money is back.
    Won,
    /// Lost.
    Lost,
    /// Stopped before it became a dispute.
    Prevented,
    /// A status that this version does not know.
    Unknown(String),
}

impl DisputeStatus {
    /// Whether it closes what was paid for. A status we do not know closes.
    pub fn blocks_access(&self) -> bool {
        match self {
            Self::NeedsResponse | Self::UnderReview | Self::Lost | Self::Unknown(_) => true,
            Self::WarningNeedsResponse
            | Self::WarningUnderReview
            | Self::WarningClosed
            | Self::Won
            | Self::Prevented => false,
        }
    }
}

string_enum!(DisputeStatus {
    "warning_needs_response" => WarningNeedsResponse,
    "warning_under_review" => WarningUnderReview,
    "warning_closed" => WarningClosed,
    "needs_response" => NeedsResponse,
    "under_review" => UnderReview,
    "won" => Won,
    "lost" => Lost,
    "prevented" => Prevented,
});
