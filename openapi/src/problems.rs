//! The stable codes of problems.

/// Every code with its meaning.
pub const CODES: &[(&str, &str)] = &[
    ("already_owned", "The learner has bought it already, or has a live subscription of the plan's family."),
    ("already_refunded", "Nothing is left of the payment to refund."),
    ("amount_mismatch", "The `amount` is not the catalog's. The problem has both, as `amount` and `requested_amount`."),
    ("amount_too_large", "The amount is more than `refundable_amount`, which is left of what the payment collected."),
    ("body_missing", "The route takes a JSON object as its body."),
    ("body_too_large", "The body has more than 64 KiB."),
    ("card_required", "The change is charged at once, and the subscription is not charged to a card."),
    ("certificate_issued", "A certificate was issued for what was paid for."),
    ("checkout_in_progress", "Another request is opening a checkout for this product right now."),
    ("currency_mismatch", "The price or the subscription is in another currency."),
    ("forbidden", "Only operators may do this: signed-in users of the group `admin`."),
    ("idempotency_key_reused", "The `Idempotency-Key` was used for another meter or quantity."),
    ("internal_error", "A defect of ours. The log has the cause."),
    ("invalid_amount", "An amount is a whole number of minor units above 0."),
    ("invalid_currency", "A currency is a three-letter ISO 4217 code."),
    ("invalid_cursor", "The cursor is not one of this list."),
    ("invalid_field", "A field is unknown, missing or not of its type, or does not go with the others."),
    ("invalid_idempotency_key", "An `Idempotency-Key` has 1 to 255 printable ASCII characters."),
    ("invalid_interval", "An interval is one of `day`, `week`, `month` and `year`."),
    ("invalid_limit", "The limit is not a number from 1 to 100."),
    ("invalid_note", "A note has 1 to 2,000 characters."),
    ("invalid_promotion_code", "The promotion code does not exist or does not apply."),
    ("invalid_query", "The query string cannot be read."),
    ("invalid_reason", "A reason has 1 to 2,000 characters."),
    ("invalid_status", "There is no such status of a refund request."),
    ("invalid_trial", "The trial is longer than the plan's."),
    ("limit_reached", "It is more than is left of the meter until `resets_at`. Nothing was counted."),
    ("malformed_json", "The body is not JSON."),
    (
        "module_locked",
        "The module is locked for `reason`, perhaps until `opens_at`; `missing_steps` have to be completed first.",
    ),
    ("no_access", "The learner may not open the course, for the reason in `because`."),
    ("no_customer", "The learner has paid nothing yet."),
    ("no_price_in_currency", "It is not sold in this currency."),
    ("no_price_in_interval", "The plan is not sold in this interval."),
    ("no_subscription", "The learner has never had a subscription."),
    ("not_canceling", "There is no cancellation and no change to take back."),
    ("not_completed", "Not every step of the course is completed."),
    ("not_for_sale", "It is free, has no price, or is sold only together with others; or it is no plan."),
    ("not_found", "It does not exist, or it is somebody else's."),
    ("not_paid", "The payment has not arrived, or failed."),
    ("nothing_paid", "Nothing was charged: it cost nothing, or was paid outside of Stripe."),
    ("one_discount_only", "A checkout takes a promotion code or credit, not both."),
    ("other_family", "The plan is of another family than the subscription."),
    ("payment_disputed", "The bank holds the money because of a dispute."),
    ("payment_intents_disabled", "The installation has no `STRIPE_PUBLISHABLE_KEY`. Learners pay on Stripe's page."),
    ("payment_pending", "A payment for it is on its way."),
    ("payment_problem", "A payment of the subscription has to be fixed first."),
    ("payment_required", "It could not be charged. `hosted_invoice_url` is where it can be paid."),
    ("plan_not_supported", "A plan is subscribed to on Stripe's page, by `POST /checkout/sessions`."),
    (
        "preview_expired",
        "The `proration_date` or the `amount_due` is not that of a preview of the last hour, or the subscription has changed since.",
    ),
    ("rate_limited", "Too many checkouts, or requests that call Stripe, in a minute."),
    ("refund_request_closed", "The refund request was decided or withdrawn: `refund_request_status`."),
    ("refund_requested", "A refund of the payment was asked for, and is being worked on."),
    (
        "refund_window_over",
        "The payment is older than `window_days`; its refund could be asked for until `refundable_until`.",
    ),
    ("same_plan", "The subscription has this price already."),
    ("store_unavailable", "The table does not answer."),
    ("stripe_refused", "Stripe refused it. The log has Stripe's code."),
    ("stripe_unavailable", "Stripe does not answer."),
    ("subscription_changed", "Somebody else is changing the subscription right now."),
    ("subscription_ended", "The subscription is over for good. The checkout sells another one."),
    ("subscription_ending", "The subscription ends before the change would take effect. Resume it first."),
    ("subscription_required", "The learner has several live subscriptions. Name the one that is meant."),
    ("timeout", "It took too long."),
    ("too_many_refund_requests", "The payment has had five refund requests already."),
    ("too_much_progress", "More than `max_progress_percent` of what was paid for is done: `progress_percent`."),
    ("trial_used", "The learner has had a trial already."),
    ("unauthorized", "The request names no signed-in user."),
    ("unknown_course", "There is no such course."),
    ("unknown_plan", "There is no such plan."),
    ("unknown_price", "There is no such price, or it is not offered any more."),
    ("uri_too_long", "Path and query together have more than 32 KiB."),
    ("url_not_allowed", "The URL is not on one of `APP_ORIGINS`."),
];

pub(crate) fn meaning_of(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, meaning)| *meaning)
}

/// The first member that problems of this code have beside the usual ones; their meanings name them all.
pub(crate) fn member_of(code: &str) -> Option<&'static str> {
    match code {
        "amount_too_large" => Some("refundable_amount"),
        "limit_reached" => Some("resets_at"),
        "module_locked" => Some("missing_steps"),
        "no_access" => Some("because"),
        "payment_required" => Some("hosted_invoice_url"),
        "refund_request_closed" => Some("refund_request_status"),
        "refund_window_over" => Some("refundable_until"),
        "too_much_progress" => Some("progress_percent"),
        _ => None,
    }
}

/// Whether the answer has `Retry-After` though its status does not suggest it.
pub(crate) fn says_when_to_retry(code: &str) -> bool {
    code == "checkout_in_progress"
}
