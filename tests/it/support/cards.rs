//! Stripe's test cards.

/// Pays.
pub(crate) const VALID_CARD: &str = "4242 4242 4242 4242";
/// Pays, too.
pub(crate) const OTHER_CARD: &str = "4000 0566 5566 5556";
/// Is declined.
pub(crate) const DECLINED_CARD: &str = "4000 0000 0000 0002";
/// The name of Stripe's test card that can be kept, and fails when it is charged.
pub(crate) const FAILING_CARD: &str = "chargeCustomerFail";
