"""`events/`: each file, handed to its function as `aws lambda invoke` does."""

import json
from pathlib import Path
from typing import Any

from ..processes import ROOT
from ..report import check, expect, expect_part
from ..world import World

EVENTS = ROOT / "events"

# What the API's files are answered: the status and a telling part of the body.
API = {
    "checkout/create_session": (201, '"checkout_url":"http'),
    "checkout/show_session": (404, '"code":"not_found"'),
    "courses/check_access": (200, '"because":{"reason":"refunded"'),
    "courses/list_courses": (200, '"next_cursor":null'),
    "courses/show_catalog": (200, '"id":"practice-bundle"'),
    "courses/show_course": (200, '"locked":true'),
    "entitlements/consume_usage": (200, '{"used":1,"limit":30,"period":"day"'),
    "entitlements/list_entitlements": (200, '"product":"vector-search"'),
    "entitlements/show_entitlement": (200, '"has_access":false'),
    "entitlements/show_usage": (200, '"ai_minutes":{"used":1,'),
}
# These ask Stripe about objects whose ids the files made up: the event fails, and waits in the error queue.
ASK_STRIPE = {
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.refunded",
    "checkout.session.async_payment_failed",
    "payment_intent.payment_failed",
    "refund.created",
    "refund.failed",
    "refund.updated",
}


def run(world: World) -> None:
    """Invokes the API's functions first: the webhook's files change what they answer."""
    files = sorted(EVENTS.glob("*/*.json"), key=lambda path: (path.parent.name == "webhook", path))
    expect({_name(path) for path in files if path.parent.name != "webhook"}, set(API), "the files of the API")
    for path in files:
        event = json.loads(path.read_text())
        with check(f"events/{_name(path)}"):
            if path.parent.name == "webhook":
                _webhook(world, path.stem, event)
            else:
                _api(world, path, event)


def _api(world: World, path: Path, event: dict[str, Any]) -> None:
    status, part = API[_name(path)]
    answer = world.deployment.invoke(path.parent.name, event)
    expect((answer["statusCode"], part in answer["body"]), (status, True), f"status and {part} in {answer['body']}")


def _webhook(world: World, kind: str, event: dict[str, Any]) -> None:
    payload = event["body"].encode()
    # Signatures are good for five minutes, files are kept for years.
    event["headers"]["stripe-signature"] = world.signature(payload)
    answer = world.deployment.invoke("webhook", event)
    body, status = json.loads(answer["body"]), answer["statusCode"]
    if kind in ASK_STRIPE:
        expect((status, body.get("code")), (500, "event_failed"), f"the answer {body}")
        entry = world.error_queue()[json.loads(payload)["id"]]
        expect_part(entry, {"kind": {"S": kind}, "code": {"S": "stripe_failed"}}, "the entry of the error queue")
    else:
        # A price that Stripe does not know is nobody's.
        wanted = "not_ours" if kind.startswith("price.") else "applied"
        expect((status, body), (200, {"outcome": wanted}), "the answer")


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"
