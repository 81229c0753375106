"""The function URL: what it believes is signed, byte for byte."""

import json
import re
import time

from ..check_context import CheckContext
from ..report import check, expect, expect_part


def run(context: CheckContext) -> None:
    """Delivers what Stripe would not send, and what it might."""
    _unbelievable(context)
    _raw_bytes(context)
    _error_queue(context)
    _metrics(context)


def _unbelievable(context: CheckContext) -> None:
    payload = b'{"id": "evt_forged", "type": "checkout.session.completed"}'
    for signature, code in {
        "": "signature_missing",
        "nonsense": "signature_malformed",
        "t=1,v1=" + "0" * 64: "signature_invalid",
    }.items():
        with check(f"{signature[:8] or 'no'} signature is a 400 {code}"):
            expect_part(context.deliver(payload, signature).expect(400), {"code": code, "status": 400}, "the problem")
    with check("a signature of other bytes is a 400"):
        answer = context.deliver(payload + b" ", context.signature(payload)).expect(400)
        expect_part(answer, {"code": "signature_invalid"}, "the problem")


def _raw_bytes(context: CheckContext) -> None:
    """Stripe signs bytes. Whoever parses and prints the JSON again has other ones."""
    event = context.last_completed("payment")
    event["id"] = "evt_odd_bytes"
    event["data"]["object"]["customer_details"]["name"] = "Zoë 🎓 Ångström\u2028"
    text = json.dumps(event, ensure_ascii=False, indent=3)
    text = re.sub(r'": ', '"\t :\r\n  ', text) + "\n\n \t"
    with check("odd white space, emoji and a final line feed arrive byte for byte"):
        payload = text.encode()
        body = context.deliver(payload, context.signature(payload)).expect(200)
        expect(body, {"outcome": "applied"}, "the body")
    with check("the same event again is a duplicate"):
        expect(context.deliver(payload, context.signature(payload)).expect(200), {"outcome": "duplicate"}, "the body")


OURS = {"tuition_app": "tuition", "tuition_user": "katherine", "tuition_product": "vector-search"}


def _error_queue(context: CheckContext) -> None:
    event = {
        "id": "evt_that_fails",
        "object": "event",
        "type": "charge.refunded",
        "created": int(time.time()),
        "livemode": False,
        "api_version": None,
        # Called ours, and unknown to Stripe: what nobody calls ours would not be tried again.
        "data": {"object": {"id": "ch_1", "object": "charge", "payment_intent": "pi_unknown", "metadata": OURS}},
    }
    with check("an event that fails is a 500, waits in the error queue, and raises the alarm's metric"):
        payload = json.dumps(event).encode()
        expect_part(context.deliver(payload, context.signature(payload)).expect(500), {"code": "event_failed"}, "the problem")
        entry = context.error_queue()[event["id"]]
        expect_part(entry, {"kind": {"S": "charge.refunded"}, "code": {"S": "stripe_failed"}}, "the entry")
        filled, empty = _alarm(context)
        expect(filled > empty, True, "the metric says that something waits")
    with check("once it succeeds the queue is empty, and the metric says that it was seen empty of what failed a minute before"):
        before = int(time.time() * 1000)
        event["data"]["object"]["payment_intent"] = context.last_payment()
        payload = json.dumps(event).encode()
        expect(context.deliver(payload, context.signature(payload)).expect(200), {"outcome": "applied"}, "the body")
        expect(context.error_queue(), {}, "the queue")
        _, empty = _alarm(context)
        minute = 60_000
        expect(before - minute <= empty <= int(time.time() * 1000) - minute, True, f"{empty} is a minute ago")


def _alarm(context: CheckContext) -> tuple[int, int]:
    """When the queue was last filled and last seen empty, in milliseconds: the later one decides."""
    told = [line for line in context.metrics("webhook") if "ErrorQueueFilled" in line]
    filled, empty = (max(line[name] for line in told) for name in ("ErrorQueueFilled", "ErrorQueueEmpty"))
    return filled, empty


def _metrics(context: CheckContext) -> None:
    with check("the functions write metrics where CloudWatch finds them, and name nobody"):
        written = context.metrics("webhook")
        expect({line["FunctionName"] for line in written}, {"tuition-webhook"}, "the stack's own function")
        outcomes = {line["Outcome"] for line in written if "WebhookEvents" in line}
        expect({"applied", "duplicate", "failed"} <= outcomes, True, f"applied, duplicate and failed are among {outcomes}")
        lines = context.deployment.logs("webhook")
        named = [line for line in lines if "ada@example.com" in line or context.secret() in line]
        expect(named, [], "lines with an address or a secret")
