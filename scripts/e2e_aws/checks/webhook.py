"""The function URL: what it believes is signed, byte for byte."""

import json
import re

from ..report import check, expect, expect_part
from ..world import World


def run(world: World) -> None:
    """Delivers what Stripe would not send, and what it might."""
    _unbelievable(world)
    _raw_bytes(world)
    _metrics(world)


def _unbelievable(world: World) -> None:
    payload = b'{"id": "evt_forged", "type": "checkout.session.completed"}'
    for signature, code in {
        "": "signature_missing",
        "nonsense": "signature_malformed",
        "t=1,v1=" + "0" * 64: "signature_invalid",
    }.items():
        with check(f"{signature[:8] or 'no'} signature is a 400 {code}"):
            expect_part(world.deliver(payload, signature).expect(400), {"code": code, "status": 400}, "the problem")
    with check("a signature of other bytes is a 400"):
        answer = world.deliver(payload + b" ", world.signature(payload)).expect(400)
        expect_part(answer, {"code": "signature_invalid"}, "the problem")


def _raw_bytes(world: World) -> None:
    """Stripe signs bytes. Whoever parses and prints the JSON again has other ones."""
    event = world.stand_in.call("/v1/events?type=checkout.session.completed&limit=1")["data"][0]
    event["id"] = "evt_odd_bytes"
    event["data"]["object"]["customer_details"]["name"] = "Zoë 🎓 Ångström\u2028"
    text = json.dumps(event, ensure_ascii=False, indent=3)
    text = re.sub(r'": ', '"\t :\r\n  ', text) + "\n\n \t"
    with check("odd white space, emoji and a final line feed arrive byte for byte"):
        payload = text.encode()
        body = world.deliver(payload, world.signature(payload)).expect(200)
        expect(body, {"outcome": "applied"}, "the body")
    with check("the same event again is a duplicate"):
        expect(world.deliver(payload, world.signature(payload)).expect(200), {"outcome": "duplicate"}, "the body")


def _metrics(world: World) -> None:
    with check("the functions write metrics where CloudWatch finds them, and name nobody"):
        lines = world.deployment.logs("webhook")
        written = [json.loads(line) for line in lines if '"CloudWatchMetrics"' in line]
        outcomes = {line["Outcome"] for line in written if "WebhookEvents" in line}
        expect({"applied", "duplicate"} <= outcomes, True, f"applied and duplicate are among {outcomes}")
        named = [line for line in lines if "ada@example.com" in line or world.secret() in line]
        expect(named, [], "lines with an address or a secret")
