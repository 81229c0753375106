//! What the contract says about checkouts that no type says.

use schemars::{Schema, SchemaGenerator, json_schema};
use shared::http::openapi::OperationText;
use shared::stripe::{CheckoutSessionPaymentStatus, CheckoutSessionStatus, PaymentIntentStatus};

/// What the function is for.
pub const DESCRIPTION: &str = "Payment pages for courses, bundles and plans.";

/// The operations.
pub const OPERATIONS: &[OperationText] = &[
    OperationText {
        id: "create_session",
        summary: "Open a checkout",
        description: "A payment page of Stripe's for one product or plan. Name one of `price_id`, `course_id` and `plan_id`. There is \
            at most one open checkout per learner and product, or plan family: asking again answers the same one with 200, asking \
            for something else closes it first.",
        path_parameter: None,
        success: &[(200, "The checkout that was open already."), (201, "A new checkout.")],
        problems: &[&[
            (
                400,
                &[
                    "unknown_course",
                    "unknown_plan",
                    "unknown_price",
                    "not_for_sale",
                    "invalid_currency",
                    "no_price_in_currency",
                    "currency_mismatch",
                    "invalid_interval",
                    "no_price_in_interval",
                    "invalid_trial",
                    "invalid_promotion_code",
                    "one_discount_only",
                    "url_not_allowed",
                ],
            ),
            (409, &["already_owned", "payment_pending", "trial_used", "checkout_in_progress"]),
            (429, &["rate_limited"]),
        ]],
    },
    OperationText {
        id: "show_session",
        summary: "Show a checkout",
        description: "How a checkout stands. The page that Stripe sends the learner back to calls this. If the checkout is complete and \
            the webhook is late, this call opens what was bought.",
        path_parameter: Some("`session_id` of the checkout."),
        success: &[(200, "How it stands.")],
        problems: &[],
    },
    OperationText {
        id: "create_payment_intent",
        summary: "Open a payment on the shop's page",
        description: "A payment intent of Stripe's for one product that is paid once; Stripe.js pays it in the browser with \
            `publishable_key` and `client_secret`. Name one of `price_id` and `course_id`. It shares the place of the open checkout with \
            `POST /checkout/sessions`: asking again answers the same one with 200, asking for something else, or for a session, cancels \
            it first. It can be paid for 24 hours. `GET /catalog` says whether there are payment intents: then its \
            `stripe_publishable_key` is not `null`.",
        path_parameter: None,
        success: &[(200, "The payment intent that was open already."), (201, "A new payment intent.")],
        problems: &[&[
            (
                400,
                &[
                    "unknown_course",
                    "unknown_price",
                    "not_for_sale",
                    "invalid_currency",
                    "no_price_in_currency",
                    "currency_mismatch",
                    "plan_not_supported",
                    "amount_mismatch",
                ],
            ),
            (404, &["payment_intents_disabled"]),
            (409, &["already_owned", "payment_pending", "checkout_in_progress"]),
            (429, &["rate_limited"]),
        ]],
    },
    OperationText {
        id: "show_payment_intent",
        summary: "Show a payment on the shop's page",
        description: "How a payment intent stands. The shop's page calls this after the payment. If it succeeded and the webhook is late, \
            this call opens what was bought.",
        path_parameter: Some("`payment_intent_id` of the payment."),
        success: &[(200, "How it stands.")],
        problems: &[],
    },
];

pub(crate) fn session_status(_: &mut SchemaGenerator) -> Schema {
    use CheckoutSessionStatus::{Complete, Expired, Open};
    let words = [Open, Complete, Expired].map(|status| status.as_str().to_owned());
    json_schema!({ "type": "string", "enum": words })
}

pub(crate) fn payment_status(_: &mut SchemaGenerator) -> Schema {
    use CheckoutSessionPaymentStatus::{NoPaymentRequired, Paid, Unpaid};
    let words = [Paid, Unpaid, NoPaymentRequired].map(|status| status.as_str().to_owned());
    json_schema!({ "type": "string", "enum": words })
}

pub(crate) fn payment_intent_status(_: &mut SchemaGenerator) -> Schema {
    use PaymentIntentStatus::{
        Canceled, Processing, RequiresAction, RequiresCapture, RequiresConfirmation, RequiresPaymentMethod, Succeeded,
    };
    let words =
        [RequiresPaymentMethod, RequiresConfirmation, RequiresAction, Processing, RequiresCapture, Canceled, Succeeded]
            .map(|status| status.as_str().to_owned());
    json_schema!({ "type": "string", "enum": words })
}
