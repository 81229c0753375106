"""Stripe and the identity provider: those of the local stack, whose other parts run unused beside them."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .client import Answer, send, send_form, send_json, wait_for
from .emulator import Emulator
from .processes import ROOT, end, free_ports, run, start

KEY = "sk_test_tuition"
AUDIENCE = "tuition-local"
PROGRAMS = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
PARTS = ("web", "api", "webhook", "idp", "stripe", "dynamodb")


def build(log: Path) -> None:
    """The local stack and the operator's tool. Beside the tests: the same features, so nothing is compiled again."""
    wanted = ["--workspace", "--bin", "local", "--bin", "tuition", "--test", "it"]
    run(["cargo", "build", "--quiet", *wanted], dict(os.environ), log, seconds=3600)


def signature(secret: str, payload: bytes) -> str:
    """A `Stripe-Signature` of now: https://docs.stripe.com/webhooks#verify-manually."""
    now = int(time.time())
    signed = hmac.new(secret.encode(), f"{now}.".encode() + payload, hashlib.sha256)
    return f"t={now},v1={signed.hexdigest()}"


@dataclass
class Checkout:
    """A payment page."""

    session: str
    url: str


class StandIn:
    """The local stack, until it is closed."""

    def __init__(self, directory: Path, host: str = "127.0.0.1") -> None:
        self.log = directory / "local.log"
        self.data = directory / "local"
        self.data.mkdir()
        self.ports = ports = dict(zip(PARTS, free_ports(len(PARTS)), strict=True))
        arguments = [f"--host={host}", *(f"--{part}-port={port}" for part, port in ports.items())]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STRIPE_"))}
        command = [str(PROGRAMS / "local"), f"--data-dir={self.data}", *arguments]
        # Not in the repository: its .env is not meant for this.
        self.process = start(command, environment, self.log, directory)
        self.web, self.issuer, self.stripe = (f"http://127.0.0.1:{ports[part]}" for part in ("web", "idp", "stripe"))

    def wait(self) -> None:
        """Returns when the whole of it runs: the web page comes last."""
        wait_for("the local stack answers", lambda: self._answers(self.web), seconds=60)

    def close(self) -> None:
        """Ends it."""
        end(self.process)

    # --- learners ---

    def token(self, email: str) -> str:
        """A learner's ID token."""
        return send_json("POST", f"{self.issuer}/token", {"email": email}).expect(200)["id_token"]

    def forged(self, **changes: Any) -> str:
        """A token that the provider's own key has signed, with other claims than it would ever write."""
        pem = (self.data / "identity_key.pem").read_bytes()
        kid = send("GET", f"{self.issuer}/.well-known/jwks.json").expect(200)["keys"][0]["kid"]
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": AUDIENCE, "sub": "mallory", "iat": now, "exp": now + 3600} | changes
        signed = ".".join(_base64(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": kid}, claims))
        signature = load_pem_private_key(pem, None).sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{_base64(signature)}"

    # --- Stripe ---

    def call(self, path: str, **fields: str) -> Any:
        """Posts to Stripe's API, or gets from it when there is nothing to post."""
        url, headers = f"{self.stripe}{path}", {"authorization": f"Bearer {KEY}"}
        answer = send_form(url, fields, headers) if fields else send("GET", url, headers=headers)
        return answer.expect(200)

    def pay(self, checkout: Checkout) -> Answer:
        """Fills in the payment page's form, as a learner does."""
        form = {"method": "card", "card_number": "4242 4242 4242 4242", "exp": "12/40", "cvc": "123"}
        return send_form(checkout.url, form | {"email": "ada@example.com", "name": "Ada"})

    def cancel(self, subscription: str) -> None:
        """Ends a subscription at once."""
        url, headers = f"{self.stripe}/v1/subscriptions/{subscription}", {"authorization": f"Bearer {KEY}"}
        send("DELETE", url, headers=headers).expect(200)

    @contextlib.contextmanager
    def silent(self, webhook: str) -> Iterator[None]:
        """Nothing is delivered to this URL meanwhile."""
        endpoints = self.call("/v1/webhook_endpoints")["data"]
        endpoint = next(endpoint["id"] for endpoint in endpoints if endpoint["url"] == webhook)
        self.call(f"/v1/webhook_endpoints/{endpoint}", disabled="true")
        yield
        self.call(f"/v1/webhook_endpoints/{endpoint}", disabled="false")

    def payment(self, checkout: Checkout) -> str:
        """The payment intent behind a page."""
        return self.call(f"/v1/checkout/sessions/{checkout.session}")["payment_intent"]

    # --- the operator ---

    def tuition(self, emulator: Emulator, table: str, *arguments: str) -> str:
        """Runs the operator's tool on the emulated table and this Stripe; what it says."""
        environment = emulator.environment | {
            "STRIPE_API_BASE": self.stripe,
            "STRIPE_SECRET_KEY": KEY,
            "TABLE_NAME": table,
        }
        command = [str(PROGRAMS / "tuition"), *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"tuition {' '.join(arguments)}: {re.sub('whsec_[^ ]+', 'whsec_..', done.stderr)}")
        return done.stdout

    def _answers(self, url: str) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the local stack has ended:\n{self.log.read_text()}")
        try:
            return send("GET", url).status == 200
        except OSError:
            return False


def _base64(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
