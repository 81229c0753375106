"""`events/`: each file, handed to its function as `aws lambda invoke` does."""

import json
import re
from pathlib import Path
from typing import Any

from ..check_context import CheckContext
from ..processes import ROOT
from ..report import check, expect, expect_part

EVENTS = ROOT / "events"

# What the API's files are answered: the status and a telling part of the body. One that is not listed is answered with 200.
API = {
    "admin/approve_refund_request": (404, '"code":"not_found"'),
    "admin/list_all_refund_requests": (200, '{"items":[],"next_cursor":null}'),
    "admin/reject_refund_request": (404, '"code":"not_found"'),
    "admin/show_refund_request": (404, '"code":"not_found"'),
    "billing/cancel_subscription": (404, '"code":"no_subscription"'),
    "billing/change_subscription": (404, '"code":"no_subscription"'),
    "billing/create_refund_request": (404, '"code":"not_found"'),
    "billing/list_invoices": (200, '{"items":[],"next_cursor":null}'),
    "billing/list_payments": (200, '"kind":"purchase"'),
    "billing/list_refund_requests": (200, '{"items":[],"next_cursor":null}'),
    "billing/open_portal": (200, '{"url":"http'),
    "billing/preview_change": (404, '"code":"no_subscription"'),
    "billing/resume_subscription": (404, '"code":"no_subscription"'),
    "billing/show_payment": (404, '"code":"not_found"'),
    "billing/show_subscription": (200, '{"plan":"free","status":null'),
    "billing/withdraw_refund_request": (404, '"code":"not_found"'),
    "checkout/create_payment_intent": (201, '"client_secret":"pi_'),
    "checkout/create_session": (201, '"checkout_url":"http'),
    "checkout/show_payment_intent": (404, '"code":"not_found"'),
    "checkout/show_session": (404, '"code":"not_found"'),
    "courses/check_access": (200, '"because":{"reason":"refunded"'),
    "courses/complete_step": (200, '{"course_id":"prompting-basics","status":"enrolled","percent":25'),
    "courses/create_certificate": (409, '"code":"not_completed"'),
    "courses/list_courses": (200, '"next_cursor":null'),
    "courses/list_enrollments": (200, '"course_id":"prompting-basics"'),
    "courses/show_catalog": (200, '"id":"practice-bundle"'),
    "courses/show_certificate": (404, '"code":"not_found"'),
    "courses/show_course": (200, '"locked":true'),
    "courses/undo_step": (200, '{"course_id":"prompting-basics","status":"enrolled","percent":25'),
    "entitlements/consume_usage": (200, '{"used":1,"limit":30,"period":"day"'),
    "entitlements/list_entitlements": (200, '"product":"vector-search"'),
    "entitlements/show_entitlement": (200, '"has_access":false'),
    "entitlements/show_usage": (200, '"ai_minutes":{"used":1,"limit":30'),
    "mcp/end_session": (405, '"code":"method_not_allowed"'),
    "mcp/list_tools": (200, '"tools":[{"name":"show_catalog"'),
    "mcp/open_stream": (405, '"code":"method_not_allowed"'),
    "mcp/show_protected_endpoint": (200, '{"resource":"https://tuitionapi.execute-api.us-east-1.amazonaws.com/mcp"'),
    "mcp/show_protected_host": (200, '{"resource":"https://tuitionapi.execute-api.us-east-1.amazonaws.com"'),
    "referrals/check_referral_code": (200, '{"valid":false}'),
    "referrals/list_referral_history": (200, '{"items":[],"next_cursor":null}'),
    "referrals/show_referrals": (200, '"rate_percent":25,"hold_days":15'),
}
# The files' ids are made up. Where a function asks Stripe about one of these, it gets what this Stripe really has.
MADE_UP = re.compile(r"\b(in|pi|prod|sub)_1Tuition\d+")


def run(context: CheckContext) -> None:
    """Invokes the API's functions first: the webhook's files change what they answer."""
    subscription = context.last_subscription()
    real = {
        "in": context.stand_in.call(f"/v1/subscriptions/{subscription}")["latest_invoice"],
        "pi": context.last_payment(),
        "prod": context.stand_in.call("/v1/products?active=true&limit=1")["data"][0]["id"],
        "sub": subscription,
    }
    files = sorted(EVENTS.glob("*/*.json"), key=lambda path: (path.parent.name == "webhook", path))
    expect(set(API) - {_name(path) for path in files}, set(), "answers of files that there are not")
    for path in files:
        event = json.loads(path.read_text())
        with check(f"events/{_name(path)}"):
            if path.parent.name == "webhook":
                _webhook(context, event, real)
            elif path.parent.name == "reconcile":
                expect_part(context.deployment.invoke("reconcile", event), {"finished": True, "failed": 0}, "the report")
            else:
                _api(context, path, event)


def _api(context: CheckContext, path: Path, event: dict[str, Any]) -> None:
    status, part = API.get(_name(path), (200, "{"))
    answer = context.deployment.invoke(path.parent.name, event)
    expect((answer["statusCode"], part in answer["body"]), (status, True), f"status and {part} in {answer['body']}")


def _webhook(context: CheckContext, event: dict[str, Any], real: dict[str, str]) -> None:
    event["body"] = MADE_UP.sub(lambda found: real[found[1]], event["body"])
    # Signatures are good for five minutes, files are kept for years.
    event["headers"]["stripe-signature"] = context.signature(event["body"].encode())
    answer = context.deployment.invoke("webhook", event)
    expect((answer["statusCode"], json.loads(answer["body"])), (200, {"outcome": "applied"}), "the answer")


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"
