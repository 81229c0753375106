//! What the contract says about entitlements and usage that no type says.

use shared::http::openapi::OperationText;

/// What the function is for.
pub const DESCRIPTION: &str =
    "What the caller has, one answer per product, and what the caller may use, one per meter.";

/// The operations.
pub const OPERATIONS: &[OperationText] = &[
    OperationText {
        id: "list_entitlements",
        summary: "List the entitlements",
        description: "Every product that the caller has bought, subscribed to or been given, open or not, each with its reason.",
        path_parameter: None,
        success: &[(200, "A page of entitlements.")],
        problems: &[],
    },
    OperationText {
        id: "show_entitlement",
        summary: "Show an entitlement",
        description: "Whether the caller has the product, why, and until when.",
        path_parameter: Some("The product's id, a slug of the catalog."),
        success: &[(200, "The entitlement. What the caller does not have is answered with 200, too.")],
        problems: &[],
    },
    OperationText {
        id: "show_usage",
        summary: "Show the usage",
        description: "Every meter: what the caller has used, and may use.",
        path_parameter: None,
        success: &[(200, "Every meter.")],
        problems: &[],
    },
    OperationText {
        id: "consume_usage",
        summary: "Use a meter",
        description: "Counts so much of a meter, or nothing when that is more than is left. A quantity of 0 asks whether one more is \
            allowed, and counts nothing. With an `Idempotency-Key`, a repeated call counts once and gets the same answer.",
        path_parameter: Some("The meter's name, such as `ai_minutes`."),
        success: &[(200, "The meter after this call.")],
        problems: &[&[(409, &["idempotency_key_reused"]), (429, &["limit_reached"])]],
    },
];
