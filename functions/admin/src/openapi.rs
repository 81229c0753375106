//! What the contract says about operators' routes that no type says.

use shared::http::openapi::OperationText;

/// What the function is for.
pub const DESCRIPTION: &str =
    "For operators, who are signed-in users of the group `admin`: refund requests, and what is decided about them.";

const REQUEST_ID: Option<&str> = Some("The refund request.");
const DECIDED: &[(u16, &str)] = &[(200, "The request, as it is then.")];

/// The operations.
pub const OPERATIONS: &[OperationText] = &[
    OperationText {
        id: "list_all_refund_requests",
        summary: "List the refund requests with a status",
        description: "Those of all learners, the oldest first. The list follows a decision after a moment.",
        path_parameter: None,
        success: &[(200, "A page of refund requests.")],
        problems: &[&[(400, &["invalid_status"])]],
    },
    OperationText {
        id: "show_refund_request",
        summary: "Show a refund request",
        description: "With the learner's payment, and the access and progress of the courses that it opened.",
        path_parameter: REQUEST_ID,
        success: &[(200, "The request.")],
        problems: &[],
    },
    OperationText {
        id: "approve_refund_request",
        summary: "Approve a refund request",
        description: "Refunds all that is left of the payment, or a part. A full refund of the invoice of a subscription's running period \
            cancels the subscription first. Approving again is safe: it finds out what became of the refund, and makes it if there is \
            none. Access, and the status `refunded`, follow from the refund's own event. If Stripe refuses, the request is \
            `refund_failed`, and can be approved anew.",
        path_parameter: REQUEST_ID,
        success: DECIDED,
        problems: &[&[
            (400, &["invalid_amount", "invalid_note"]),
            (409, &["already_refunded", "amount_too_large", "payment_disputed", "refund_request_closed"]),
        ]],
    },
    OperationText {
        id: "reject_refund_request",
        summary: "Reject a refund request",
        description: "Refunds nothing. The learner reads the note. Rejecting again changes nothing.",
        path_parameter: REQUEST_ID,
        success: DECIDED,
        problems: &[&[(400, &["invalid_note"]), (409, &["refund_request_closed"])]],
    },
];
