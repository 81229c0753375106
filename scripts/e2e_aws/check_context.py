"""Everything that a check may use."""

import json
from dataclasses import dataclass
from typing import Any

from .client import Answer, send, send_json, wait_for
from .deployment import Deployment
from .report import expect
from .stand_in import Checkout, StandIn, signature

SECRET_KEY = "/tuition/stripe-secret-key"
WEBHOOK_SECRET = "/tuition/stripe-webhook-secret"


@dataclass
class CheckContext:
    """A deployed stack with a Stripe, an identity provider and something to sell."""

    deployment: Deployment
    stand_in: StandIn
    api: str
    webhook: str

    def get(self, path: str, token: str | None = None) -> Answer:
        """Calls the API."""
        return send("GET", f"{self.api}{path}", headers=_bearer(token))

    def post(self, path: str, value: object, token: str | None = None) -> Answer:
        """Calls the API with a JSON body."""
        return send_json("POST", f"{self.api}{path}", value, _bearer(token))

    def checkout(self, token: str, wish: dict[str, Any]) -> Checkout:
        """Opens a payment page for `{"course_id": ..}` or `{"plan_id": ..}`."""
        body = self.post("/checkout/sessions", wish, token).expect(201)
        expect(sorted(body), ["checkout_url", "credit", "expires_at", "referral", "session_id"], "the answer's fields")
        return Checkout(body["session_id"], body["checkout_url"])

    def reason(self, token: str, course: str) -> tuple[bool, str]:
        """May the learner open the course, and why."""
        body = self.get(f"/courses/{course}/access", token).expect(200)
        return body["has_access"], body["because"]["reason"]

    def wait_for_reason(self, token: str, course: str, wanted: tuple[bool, str]) -> None:
        """Returns when the webhook has brought it about."""
        wait_for(f"access is {wanted}", lambda: self.reason(token, course) == wanted)

    def secret(self) -> str:
        """The webhook's signing secret, where the function finds it."""
        ssm = self.deployment.emulator.client("ssm")
        return ssm.get_parameter(Name=WEBHOOK_SECRET, WithDecryption=True)["Parameter"]["Value"]

    def signature(self, payload: bytes) -> str:
        """A `Stripe-Signature` of now, by the deployed secret."""
        return signature(self.secret(), payload)

    def deliver(self, payload: bytes, signature: str) -> Answer:
        """Posts to the function URL, as Stripe does."""
        headers = {"content-type": "application/json; charset=utf-8", "stripe-signature": signature}
        return send("POST", self.webhook, headers=headers, body=payload)

    def last_completed(self, mode: str) -> dict[str, Any]:
        """Stripe's event of the last checkout in this mode (`payment`, `subscription`) that was completed."""
        events = self.stand_in.call("/v1/events?type=checkout.session.completed&limit=100")["data"]
        return next(event for event in events if event["data"]["object"]["mode"] == mode)

    def last_payment(self) -> str:
        """The payment intent of the last purchase."""
        return self.last_completed("payment")["data"]["object"]["payment_intent"]

    def last_subscription(self) -> str:
        """The subscription of the last checkout of a plan."""
        return self.last_completed("subscription")["data"]["object"]["subscription"]

    def metrics(self, function: str) -> list[dict[str, Any]]:
        """The metrics that the function has written, oldest first."""
        lines = [line for line in self.deployment.logs(function) if '"CloudWatchMetrics"' in line]
        return [json.loads(line) for line in lines]

    def error_queue(self) -> dict[str, dict[str, Any]]:
        """The open entries of the error queue, by event."""
        dynamodb = self.deployment.emulator.client("dynamodb")
        table = self.deployment.outputs()["TableName"]
        pages = dynamodb.get_paginator("scan").paginate(TableName=table)
        items = [item for page in pages for item in page["Items"]]
        return {item["event"]["S"]: item for item in items if item.get("state") == {"S": "failed"}}


def _bearer(token: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}
