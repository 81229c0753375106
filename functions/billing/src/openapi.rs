//! What the contract says about subscriptions, payments and refund requests that no type says.

use shared::http::openapi::{OperationText, ProblemCodes};

/// What the function is for.
pub const DESCRIPTION: &str = "The caller's subscriptions: how they stand, what is to be paid, and what can be changed. Payments, and \
    requests for refunds.";

const PAYMENT_ID: Option<&str> = Some("The payment: `pi_`, `cs_` or `in_`.");

const SHOWN: &[(u16, &str)] = &[(200, "The subscription, as it is now.")];

/// The problems of `LearnerFacts::subscription_to_change`.
const SUBSCRIPTION_TO_CHANGE: ProblemCodes =
    &[(400, &["subscription_required"]), (404, &["no_subscription", "not_found"]), (409, &["subscription_ended"])];

/// The problems of `check_change` and of `PlannedChange::check_preconditions`.
const CHANGE: ProblemCodes = &[
    (
        400,
        &[
            "unknown_plan",
            "unknown_price",
            "not_for_sale",
            "other_family",
            "invalid_currency",
            "currency_mismatch",
            "no_price_in_currency",
            "invalid_interval",
            "no_price_in_interval",
        ],
    ),
    (409, &["same_plan", "payment_problem", "card_required", "subscription_ending"]),
];

/// The operations.
pub const OPERATIONS: &[OperationText] = &[
    OperationText {
        id: "show_subscription",
        summary: "Show the subscription",
        description: "All that an account page needs. Of several subscriptions it shows one that opens, or else a live one, or else the \
            last. Who has none has the free plan, with `status` `null`.",
        path_parameter: None,
        success: SHOWN,
        problems: &[&[(404, &["not_found"])]],
    },
    OperationText {
        id: "cancel_subscription",
        summary: "Cancel the subscription",
        description: "Ends it with its period, or now. A subscription whose current period is not paid ends at once, and nothing more is \
            charged. Asking again changes nothing.",
        path_parameter: None,
        success: SHOWN,
        problems: &[SUBSCRIPTION_TO_CHANGE, &[(409, &["payment_pending"])]],
    },
    OperationText {
        id: "resume_subscription",
        summary: "Resume the subscription",
        description: "Takes back a cancellation, or a change that is scheduled or waits for its payment. A paused subscription goes on \
            once its next period is paid.",
        path_parameter: None,
        success: SHOWN,
        problems: &[
            SUBSCRIPTION_TO_CHANGE,
            &[(402, &["payment_required"]), (409, &["payment_problem", "payment_pending", "not_canceling"])],
        ],
    },
    OperationText {
        id: "change_subscription",
        summary: "Change the plan or the interval",
        description: "Name a `plan_id`, perhaps with an `interval`, or a `price_id`, of the same plan family. A higher plan comes at \
            once, and is paid for at once or not at all. A lower one, a lower price or a shorter interval comes with the end of the \
            period, and so does every change of a period of which money went back. The present plan withdraws a change that has not \
            been made yet.",
        path_parameter: None,
        success: SHOWN,
        problems: &[
            SUBSCRIPTION_TO_CHANGE,
            CHANGE,
            &[(402, &["payment_required"]), (409, &["payment_pending", "preview_expired"])],
        ],
    },
    OperationText {
        id: "preview_change",
        summary: "Preview a change",
        description: "What the same request to `/billing/subscription/change` would charge. Send its `proration_date` and its \
            `amount_due` with the change, to be charged exactly this or nothing. A preview is good for an hour.",
        path_parameter: None,
        success: &[(200, "What would be charged.")],
        problems: &[SUBSCRIPTION_TO_CHANGE, CHANGE],
    },
    OperationText {
        id: "open_portal",
        summary: "Open the customer portal",
        description: "A visit to Stripe's customer portal, where the learner changes payment methods and finds invoices.",
        path_parameter: None,
        success: &[(200, "The visit.")],
        problems: &[&[(400, &["url_not_allowed"]), (404, &["no_customer"])]],
    },
    OperationText {
        id: "list_invoices",
        summary: "List the invoices",
        description: "The invoices of the caller's subscriptions, the newest first.",
        path_parameter: None,
        success: &[(200, "A page of invoices.")],
        problems: &[],
    },
    OperationText {
        id: "list_payments",
        summary: "List the payments",
        description: "The caller's purchases, and the invoices of subscriptions that were paid or could not be, the newest first. \
            `refundable` says whether a refund may be asked for, and why not.",
        path_parameter: None,
        success: &[(200, "A page of payments.")],
        problems: &[],
    },
    OperationText {
        id: "show_payment",
        summary: "Show a payment",
        description: "With Stripe's receipt and the card that paid. Both are `null` when Stripe does not answer.",
        path_parameter: PAYMENT_ID,
        success: &[(200, "The payment.")],
        problems: &[],
    },
    OperationText {
        id: "create_refund_request",
        summary: "Ask for a refund",
        description: "An operator decides, unless the installation approves what is within its policy at once. The policy is in \
            `GET /catalog`. A payment has at most one request at a time.",
        path_parameter: PAYMENT_ID,
        success: &[(201, "The request.")],
        problems: &[&[
            (400, &["invalid_reason"]),
            (
                409,
                &[
                    "already_refunded",
                    "certificate_issued",
                    "not_paid",
                    "nothing_paid",
                    "payment_disputed",
                    "refund_requested",
                    "too_many_refund_requests",
                    "refund_window_over",
                    "too_much_progress",
                ],
            ),
        ]],
    },
    OperationText {
        id: "list_refund_requests",
        summary: "List the refund requests",
        description: "The caller's refund requests, the newest first.",
        path_parameter: None,
        success: &[(200, "A page of refund requests.")],
        problems: &[],
    },
    OperationText {
        id: "withdraw_refund_request",
        summary: "Withdraw a refund request",
        description: "Takes back a request that is `open`. Withdrawing again changes nothing.",
        path_parameter: Some("The refund request."),
        success: &[(200, "The request, as it is then.")],
        problems: &[&[(409, &["refund_request_closed"])]],
    },
];
