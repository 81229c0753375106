//! Refusals that several routes have in common.

use axum::http::StatusCode;
use shared::domain::Subscription;
use shared::http::Problem;

use crate::state::State;

/// A canceled subscription cannot be resumed. Create a new checkout.
pub(crate) fn subscription_ended() -> Problem {
    Problem::conflict("subscription_ended", "The subscription has ended.")
}

/// After a lost dispute nothing is resumed or sold any more: the subscription ends, unless the installation keeps it.
pub(crate) fn check_no_lost_dispute(state: &State, subscription: &Subscription) -> Result<(), Problem> {
    if !state.fulfil.cancel_on_lost_dispute || subscription.lost_dispute().is_none() {
        return Ok(());
    }
    let detail = "A dispute of its payment was lost; the checkout sells another subscription when it has ended.";
    Err(Problem::conflict("payment_problem", detail))
}

pub(crate) fn already_on_plan() -> Problem {
    Problem::conflict("same_plan", "The subscription has this price already.")
}

/// Money that is on its way cannot be called back.
pub(crate) fn payment_pending() -> Problem {
    Problem::conflict(
        "payment_pending",
        "A payment for the subscription is on its way; it has to arrive or fail first.",
    )
}

/// 402: nothing has changed; it will, when the invoice is paid.
pub(crate) fn payment_required(hosted_url: Option<String>) -> Problem {
    let detail = "The payment failed or has to be confirmed. Nothing has changed; it will, when the invoice is paid.";
    Problem::new(StatusCode::PAYMENT_REQUIRED, "payment_required", detail).with_member("hosted_invoice_url", hosted_url)
}
