"""HTTP as a client sends it, byte for byte."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .report import Wrong

# Longer than any function may take.
TIMEOUT_SECONDS = 40


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """As JSON, or as text if it is none."""
        try:
            return json.loads(self.raw)
        except ValueError:
            return self.raw.decode(errors="replace")

    def expect(self, status: int) -> Any:
        """The body, of an answer with this status."""
        if self.status != status:
            raise Wrong(f"expected {status}, found {self.status}: {self.body}")
        return self.body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: it says where the learner is sent."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def send(method: str, url: str, *, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    """One request."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
            return _answer(response)
    except urllib.error.HTTPError as refused:
        return _answer(refused)


def send_json(method: str, url: str, value: object, headers: dict[str, str] | None = None) -> Answer:
    """One request with a JSON body."""
    headers = {"content-type": "application/json"} | (headers or {})
    return send(method, url, headers=headers, body=json.dumps(value).encode())


def send_form(url: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Answer:
    """A form, as a browser or Stripe's SDKs post it."""
    headers = {"content-type": "application/x-www-form-urlencoded"} | (headers or {})
    return send("POST", url, headers=headers, body=urllib.parse.urlencode(fields).encode())


def wait_for(what: str, found: Callable[[], bool], seconds: float = 30) -> None:
    """Asks until it is so."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            raise Wrong(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)


def _answer(response: Any) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, response.read())
