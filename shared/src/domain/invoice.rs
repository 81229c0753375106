//! An invoice of a subscription, for the learner to see. Access never depends on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{InvoiceId, ProductId, SubscriptionId};
use super::money::Money;
use super::string_enum::string_enum;

/// Stripe's invoice statuses. See <https://docs.stripe.com/invoicing/overview#invoice-statuses>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum InvoiceStatus {
    /// Not final: Stripe may still change it.
    Draft,
    /// To be paid.
    Open,
    /// Paid, or nothing was to be paid.
    Paid,
    /// Given up.
    Uncollectible,
    /// Annulled.
    Void,
    /// A status that this version does not know.
    Unknown(String),
}

string_enum!(InvoiceStatus {
    "draft" => Draft,
    "open" => Open,
    "paid" => Paid,
    "uncollectible" => Uncollectible,
    "void" => Void,
});

/// One invoice of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Stripe's invoice.
    pub id: InvoiceId,
    /// What it is for.
    pub subscription: SubscriptionId,
    /// The number on the paper; a draft has none.
    pub number: Option<String>,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// What it asks for.
    #[serde(flatten)]
    pub due: Money,
    /// What has been paid of it, in minor units.
    pub paid: i64,
    /// When Stripe created it.
    pub created: Timestamp,
    /// When it was paid.
    #[serde(default)]
    pub paid_at: Option<Timestamp>,
    /// Whether it was paid outside of Stripe, in cash for example: Stripe has nothing to refund.
    #[serde(default)]
    pub paid_out_of_band: bool,
    /// The plan at that time; `None` when we do not sell it, or when the invoice was written before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// Whether Stripe has tried to charge it.
    #[serde(default)]
    pub attempted: bool,
    /// Whether the subscription began with it. One that was written before this was kept counts as a renewal.
    #[serde(default)]
    pub is_first: bool,
    /// The page that shows it and takes the payment.
    pub hosted_url: Option<String>,
    /// The file.
    pub pdf_url: Option<String>,
}
