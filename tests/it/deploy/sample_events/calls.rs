//! The calls of the API for which there are files.

use super::files::{CERTIFICATE, Call, PAYMENT_INTENT, SESSION};

/// The calls of the API, each with the status and a telling part of its answer.
pub(super) const CALLS: &[(Call, u16, &str)] = &[
    (
        call("admin/approve_refund_request", "POST /admin/refund-requests/{id}/approve", "rr_1", r#"{"amount":1000}"#),
        404,
        r#""code":"not_found""#,
    ),
    (call("admin/list_all_refund_requests", "GET /admin/refund-requests", "", ""), 200, r#""items":["#),
    (
        call(
            "admin/reject_refund_request",
            "POST /admin/refund-requests/{id}/reject",
            "rr_1",
            r#"{"note":"It was a year ago."}"#,
        ),
        404,
        r#""code":"not_found""#,
    ),
    (call("admin/show_refund_request", "GET /admin/refund-requests/{id}", "rr_1", ""), 404, r#""code":"not_found""#),
    (
        call("billing/cancel_subscription", "POST /billing/subscription/cancel", "", "{}"),
        200,
        r#""cancel_at_period_end":true"#,
    ),
    (
        call("billing/change_subscription", "POST /billing/subscription/change", "", r#"{"plan_id":"plus"}"#),
        200,
        r#"{"plan":"plus","status":"active","has_access":true"#,
    ),
    (
        call(
            "billing/create_refund_request",
            "POST /billing/payments/{id}/refund-requests",
            PAYMENT_INTENT,
            r#"{"reason":"It is not for me."}"#,
        ),
        201,
        r#""status":"open""#,
    ),
    (call("billing/list_payments", "GET /billing/payments", "", ""), 200, r#""kind":"purchase""#),
    (call("billing/list_refund_requests", "GET /billing/refund-requests", "", ""), 200, r#""status":"open""#),
    (call("billing/show_payment", "GET /billing/payments/{id}", PAYMENT_INTENT, ""), 200, r#""last4":"4242""#),
    (
        call("billing/withdraw_refund_request", "DELETE /billing/refund-requests/{id}", "rr_1", ""),
        404,
        r#""code":"not_found""#,
    ),
    (call("billing/list_invoices", "GET /billing/invoices", "", ""), 200, r#""status":"paid""#),
    (
        call("billing/open_portal", "POST /billing/portal", "", r#"{"flow":"payment_method_update"}"#),
        200,
        r#"{"url":"http"#,
    ),
    (
        call(
            "billing/preview_change",
            "POST /billing/subscription/change/preview",
            "",
            r#"{"plan_id":"plus","interval":"year"}"#,
        ),
        200,
        r#""lines":[{"description":""#,
    ),
    (
        call("billing/resume_subscription", "POST /billing/subscription/resume", "", "{}"),
        200,
        r#""cancel_at_period_end":false"#,
    ),
    (call("billing/show_subscription", "GET /billing/subscription", "", ""), 200, r#""payment_problem":null"#),
    (
        call(
            "checkout/create_payment_intent",
            "POST /checkout/payment-intents",
            "",
            r#"{"course_id":"ai-in-4-weekends","currency":"usd"}"#,
        ),
        201,
        r#""client_secret":"pi_"#,
    ),
    (
        call("checkout/show_payment_intent", "GET /checkout/payment-intents/{id}", PAYMENT_INTENT, ""),
        200,
        r#"{"status":"succeeded","fulfilled":true}"#,
    ),
    (
        call(
            "checkout/create_session",
            "POST /checkout/sessions",
            "",
            r#"{"course_id":"ai-in-4-weekends","currency":"usd"}"#,
        ),
        201,
        r#""checkout_url":"http"#,
    ),
    (
        call("checkout/show_session", "GET /checkout/sessions/{id}", SESSION, ""),
        200,
        r#"{"status":"complete","payment_status":"paid","fulfilled":true}"#,
    ),
    (call("courses/show_catalog", "GET /catalog", "", ""), 200, r#""id":"practice-bundle""#),
    (call("courses/list_courses", "GET /courses", "", ""), 200, r#""next_cursor":null"#),
    (call("courses/show_course", "GET /courses/{id}", "ai-in-4-weekends", ""), 200, r#""reason":"subscribed""#),
    (
        call("courses/check_access", "GET /courses/{id}/access", "vector-search", ""),
        200,
        r#"{"has_access":true,"because":{"reason":"purchased""#,
    ),
    (
        call("courses/complete_step", "POST /courses/{id}/steps/{step}/complete", "prompting-basics context", ""),
        200,
        r#"{"course_id":"prompting-basics","status":"completed","percent":100"#,
    ),
    (
        call(
            "courses/create_certificate",
            "POST /courses/{id}/certificate",
            "prompting-basics",
            r#"{"name":"Ada Lovelace"}"#,
        ),
        200,
        r#""name":"Ada Lovelace","course_id":"prompting-basics""#,
    ),
    (call("courses/list_enrollments", "GET /enrollments", "", ""), 200, r#""status":"completed""#),
    (call("courses/show_certificate", "GET /certificates/{id}", CERTIFICATE, ""), 200, r#""status":"valid""#),
    (
        call("courses/undo_step", "DELETE /courses/{id}/steps/{step}/complete", "prompting-basics first-prompt", ""),
        200,
        r#"{"course_id":"prompting-basics","#,
    ),
    (call("entitlements/list_entitlements", "GET /entitlements", "", ""), 200, r#""product":"fine-tuning""#),
    (
        call("entitlements/show_entitlement", "GET /entitlements/{product}", "ai-engineer-track", ""),
        200,
        r#""has_access":false"#,
    ),
    (call("entitlements/show_usage", "GET /usage", "", ""), 200, r#""scenarios":{"used":"#),
    (
        call("entitlements/consume_usage", "POST /usage/{meter}", "ai_minutes", r#"{"quantity":1}"#),
        200,
        r#"{"used":1,"limit":null,"period":"day","resets_at":""#,
    ),
    (call("mcp/end_session", "DELETE /mcp", "", ""), 405, r#""code":"method_not_allowed""#),
    (
        call("mcp/list_tools", "POST /mcp", "", r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#),
        200,
        r#""tools":[{"name":"show_catalog""#,
    ),
    (call("mcp/open_stream", "GET /mcp", "", ""), 405, r#""code":"method_not_allowed""#),
    (
        call("mcp/show_protected_endpoint", "GET /.well-known/oauth-protected-resource/mcp", "", ""),
        200,
        r#"{"resource":"https://tuitionapi.execute-api.us-east-1.amazonaws.com/mcp","authorization_servers":["http"#,
    ),
    (
        call("mcp/show_protected_host", "GET /.well-known/oauth-protected-resource", "", ""),
        200,
        r#"{"resource":"https://tuitionapi.execute-api.us-east-1.amazonaws.com","authorization_servers":["http"#,
    ),
    (call("referrals/check_referral_code", "GET /referrals/codes/{code}", "ABCD-2345", ""), 200, r#"{"valid":false}"#),
    (call("referrals/list_referral_history", "GET /referrals/history", "", ""), 200, r#"{"items":[]"#),
    (call("referrals/show_referrals", "GET /referrals", "", ""), 200, r#""rate_percent":25,"hold_days":15"#),
];

const fn call(file: &'static str, route: &'static str, variable: &'static str, body: &'static str) -> Call {
    Call { file, route, variable, body }
}
