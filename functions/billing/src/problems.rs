//! Refusals that several routes have in common.

use axum::http::StatusCode;
use shared::http::Problem;

/// A canceled subscription cannot be resumed. Create a new checkout.
pub(crate) fn subscription_ended() -> Problem {
    Problem::conflict("subscription_ended", "The subscription has ended.")
}

pub(crate) fn already_on_plan() -> Problem {
    Problem::conflict("same_plan", "The subscription has this price already.")
}

/// 402: nothing has changed; it will, when the invoice is paid.
pub(crate) fn payment_required(hosted_url: Option<String>) -> Problem {
    let detail = "The payment failed or has to be confirmed. Nothing has changed; it will, when the invoice is paid.";
    Problem::new(StatusCode::PAYMENT_REQUIRED, "payment_required", detail).with_member("hosted_invoice_url", hosted_url)
}
/// Money that is on its way cannot be called back.
pub(crate) fn payment_pending() -> Problem {
    Problem::conflict(
        "payment_pending",
        "A payment for the subscription is on its way; it has to arrive or fail first.",
    )
}

