"""The school's learners, and Stripe's payment page as they fill it in."""

import os
import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

API = os.environ.get("TUITION_API_URL", "")
IDENTITY = os.environ.get("TUITION_IDP_URL", "")
STRIPE = os.environ.get("TUITION_STRIPE_URL", "")
STRIPE_KEY = "sk_test_tuition"
CARD = {"method": "card", "card_number": "4242424242424242", "exp": "12/40", "cvc": "123"}
DEADLINE_SECONDS = 10


@dataclass(frozen=True)
class Learner:
    """Somebody new who is signed in."""

    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def buy(self, course: str) -> str:
        """Buys the course by card. Returns the payment."""
        self._pay({"course_id": course})
        because = self.wait_for(f"/courses/{course}/access", "purchased")
        return str(because["source"])

    def subscribe(self, plan: str) -> None:
        self._pay({"plan_id": plan})
        self.wait_for(f"/entitlements/{plan}", "subscribed")

    def wait_for(self, path: str, reason: str) -> dict[str, Any]:
        """Asks Tuition until the webhook has arrived."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            because: dict[str, Any] = self.ask("GET", path)["because"]
            if because["reason"] == reason:
                return because
            assert time.monotonic() < deadline, f"{path} is {because['reason']}, not {reason}"
            time.sleep(0.02)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Tuition's own answer."""
        return httpx.request(method, API + path, headers=self.headers, json=body).raise_for_status().json()

    def _pay(self, what: dict[str, str]) -> None:
        page = self.ask("POST", "/checkout/sessions", what)["checkout_url"]
        assert httpx.post(page, data={"email": self.email, "name": "Ada", **CARD}).status_code == 303


def sign_in() -> Learner:
    email = f"{uuid.uuid4().hex}@example.com"
    answer = httpx.post(f"{IDENTITY}/token", json={"email": email}).raise_for_status()
    return Learner(email, answer.json()["id_token"])


def refund(payment: str) -> None:
    at_stripe("/v1/refunds", {"payment_intent": payment})


def dispute(payment: str) -> None:
    at_stripe("/_stand_in/disputes", {"payment_intent": payment, "kind": "chargeback"})


def at_stripe(path: str, form: dict[str, str]) -> None:
    httpx.post(STRIPE + path, data=form, auth=(STRIPE_KEY, "")).raise_for_status()
