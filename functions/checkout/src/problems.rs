//! Refusals that several files have in common.

use jiff::Timestamp;
use shared::http::Problem;

pub(crate) fn too_many_checkouts(now: Timestamp) -> Problem {
    Problem::rate_limited("Too many checkouts in a minute.", now)
}

pub(crate) fn checkout_in_progress() -> Problem {
    let detail = "Another checkout for this product is being opened.";
    Problem::conflict("checkout_in_progress", detail).with_retry_after(2)
}

/// The learner may have mistyped it.
pub(crate) fn invalid_promotion_code() -> Problem {
    Problem::bad_request("invalid_promotion_code", "The promotion code does not apply.").with_field("promotion_code")
}

/// A payment cannot be called back while it is processing.
pub(crate) fn payment_pending() -> Problem {
    let detail = "A payment for this product is on its way; it opens when the money arrives.";
    Problem::conflict("payment_pending", detail)
}
