//! Identifiers, parsed once. Slugs are ours (`catalog.yaml`); the others are Stripe's or the identity provider's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 1 to 255 printable ASCII characters without space or `#`.
    #[error("an id has 1 to 255 printable characters, without spaces and '#'")]
    InvalidId,
    /// Not a slug.
    #[error("a slug has 1 to 64 characters of a-z, 0-9 and '-'")]
    InvalidSlug,
    /// Not a word.
    #[error("a meter's name has 1 to 64 characters of a-z, 0-9 and '_'")]
    InvalidMeterName,
}

/// `#` separates the parts of a key in the table, so no id may hold one.
fn check_id(text: &str) -> Result<(), IdError> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if (1..=255).contains(&text.len()) && text.bytes().all(allowed) { Ok(()) } else { Err(IdError::InvalidId) }
}

fn check_slug(text: &str) -> Result<(), IdError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&text.len()) && text.bytes().all(allowed) { Ok(()) } else { Err(IdError::InvalidSlug) }
}

fn check_meter_name(text: &str) -> Result<(), IdError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=64).contains(&text.len()) && text.bytes().all(allowed) { Ok(()) } else { Err(IdError::InvalidMeterName) }
}

/// The same rules as regular expressions, for the contract.
#[cfg(feature = "openapi")]
mod pattern {
    #![expect(non_upper_case_globals, reason = "named after the functions that check")]
    pub(super) const check_id: &str = r##"^[!-"$-~]{1,255}$"##;
    pub(super) const check_slug: &str = "^[a-z0-9-]{1,64}$";
    pub(super) const check_meter_name: &str = "^[a-z0-9_]{1,64}$";
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident by $check:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(extend("pattern" = pattern::$check)))]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps the text.
            ///
            /// # Errors
            /// When the text does not have the form.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                $check(&text)?;
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    )*};
}

ids! {
    /// Which installation of Tuition on a Stripe account: `tuition_app` in metadata.
    AppId by check_slug;
    /// A certificate: `cert_` and 128 random bits. Whoever knows it may read the certificate.
    CertificateId by check_id;
    /// One use of credit: `cu_` and 128 random bits.
    CreditUseId by check_id;
    /// Something that is sold: a slug of `catalog.yaml`.
    ProductId by check_slug;
    /// Something that is opened: a slug of `catalog.yaml`.
    CourseId by check_slug;
    /// Plans that replace one another: a learner has at most one subscription of a family.
    FamilyId by check_slug;
    /// Something that is counted: `ai_minutes`.
    MeterId by check_meter_name;
    /// A learner: the `sub` of the identity provider.
    UserId by check_id;
    /// A one-time purchase: its payment intent (`pi_`), or its checkout session (`cs_`) when nothing was charged.
    PurchaseId by check_id;
    /// A Stripe subscription (`sub_`).
    SubscriptionId by check_id;
    /// A Stripe invoice (`in_`).
    InvoiceId by check_id;
    /// A grant by an operator.
    GrantId by check_id;
    /// A Stripe price (`price_`).
    PriceId by check_id;
    /// A Stripe customer (`cus_`).
    CustomerId by check_id;
    /// A Stripe Checkout Session (`cs_`).
    SessionId by check_id;
    /// A Stripe payment intent (`pi_`).
    PaymentIntentId by check_id;
    /// A Stripe event (`evt_`).
    EventId by check_id;
    /// A Stripe refund (`re_` or `pyr_`).
    RefundId by check_id;
    /// A payment as learners see it: a purchase (`pi_`, or `cs_` when nothing was charged), or an invoice (`in_`).
    PaymentId by check_id;
    /// A learner's request for a refund (`rr_`).
    RefundRequestId by check_id;
    /// A Stripe dispute (`dp_` or `du_`).
    DisputeId by check_id;
}

impl CreditUseId {
    /// The id of a new use, of random bits.
    pub fn from_bits(bits: u128) -> Self {
        Self(format!("cu_{bits:032x}"))
    }
}

impl RefundRequestId {
    /// The id of a new request, of random bits.
    pub fn from_bits(bits: u128) -> Self {
        Self(format!("rr_{bits:032x}"))
    }
}

/// The payment of a purchase has its id.
impl From<PurchaseId> for PaymentId {
    fn from(PurchaseId(id): PurchaseId) -> Self {
        Self(id)
    }
}

/// The payment of an invoice has its id.
impl From<InvoiceId> for PaymentId {
    fn from(InvoiceId(id): InvoiceId) -> Self {
        Self(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_never_holds_what_separates_keys() {
        assert_eq!(UserId::parse("a#b"), Err(IdError::InvalidId));
        assert_eq!(UserId::parse(""), Err(IdError::InvalidId));
        assert_eq!(UserId::parse("a b"), Err(IdError::InvalidId));
        assert_eq!(UserId::parse("x".repeat(256)), Err(IdError::InvalidId));
        assert!(UserId::parse("auth0|5f7c8ec7c33c6c004bbafe82").is_ok());
    }

    #[test]
    fn a_slug_is_lower_case() {
        assert!(ProductId::parse("ai-in-4-weekends").is_ok());
        for text in ["", "AI", "a_b", "a/b", "ä"] {
            assert_eq!(ProductId::parse(text), Err(IdError::InvalidSlug), "{text:?}");
        }
    }
}
