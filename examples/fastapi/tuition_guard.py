"""Guards for FastAPI routes: they ask Tuition's API with the learner's own token. Copy this file as it is.

    guard = TuitionGuard.from_environment()
    app.add_exception_handler(Problem, problem_response)

    @app.get("/lessons/1", dependencies=[Depends(guard.require_course("vector-search"))])
    @app.get("/studio", dependencies=[Depends(guard.require_plan("premium", "plus"))])
    @app.post("/tutor", dependencies=[Depends(guard.metered("ai_minutes"))])

README.md beside it says what each answer means.
"""

import asyncio
import hashlib
import logging
import math
import os
import re
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal, Self, TypeVar
from urllib.parse import quote

import httpx
from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AliasPath, AwareDatetime, BaseModel, Field, StrictBool, ValidationError

logger = logging.getLogger("tuition_guard")

# Closed for one of these reasons, a payment opens it: 402. For any other, also a new one, it may not: 403.
# fmt: off
OPENED_BY_PAYING = frozenset([
    "not_purchased", "refunded", "payment_failed", "grant_expired", "trial_used",
    "subscription_ended", "subscription_incomplete", "subscription_past_due", "subscription_paused",
])
# fmt: on
MAX_CACHE_SECONDS = 60.0
RETRY_SECONDS = 5
BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
IDEMPOTENCY_KEY = re.compile(r"[ -~]{1,255}")


class Problem(HTTPException):
    """A refusal. `problem_response` makes an RFC 9457 document of it."""

    def __init__(self, status: int, code: str, detail: str, **more: dict[str, str]) -> None:
        document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        document |= {"code": code, "detail": detail} | more.get("members", {})
        super().__init__(status, document, more.get("headers"))


async def problem_response(_request: Request, problem: Exception) -> Response:
    """The exception handler for `Problem`."""
    if not isinstance(problem, Problem):
        raise problem
    return JSONResponse(problem.detail, problem.status_code, problem.headers, media_type="application/problem+json")


class Meter(BaseModel):
    """What the learner has used of a meter, after this request."""

    used: int
    limit: int | None
    period: str
    resets_at: AwareDatetime
    allowed: StrictBool


class _Access(BaseModel):
    has_access: StrictBool
    reason: str = Field(validation_alias=AliasPath("because", "reason"))
    until: AwareDatetime | None


class _LimitReached(BaseModel):
    code: Literal["limit_reached"]
    resets_at: AwareDatetime


Answer = TypeVar("Answer", bound=BaseModel)
Given = TypeVar("Given")
Dependency = Callable[[Request], Awaitable[Given]]


class _UnavailableError(Exception):
    """Tuition gave no answer that decides anything."""

    def __init__(self, cause: str, retry_after: str | None = None) -> None:
        super().__init__(cause)
        self.retry_after = retry_after if retry_after and retry_after.isdecimal() else str(RETRY_SECONDS)


class TuitionGuard:
    """Makes dependencies for routes. One per application; `aclose` it at the end.

    `api_url` is Tuition's API, `upgrade_url` your page on which learners buy. `fail_open` lets requests through while
    Tuition does not answer. `timeout` is in seconds, for a whole call. `clock` counts seconds, and never goes back.
    """

    def __init__(
        self,
        api_url: str,
        upgrade_url: str,
        *,
        fail_open: bool = False,
        timeout: float = 2.0,
        cache_seconds: float = MAX_CACHE_SECONDS,
        cache_entries: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        if not 0 <= cache_seconds <= MAX_CACHE_SECONDS:
            raise ValueError("cache_seconds is from 0 to 60: a refund has to close within a minute")
        if not all(re.match("https?://.", url) for url in (api_url, upgrade_url)):
            raise ValueError("api_url and upgrade_url begin with https:// or http://")
        self._api_url = api_url.rstrip("/")
        self._upgrade_url = httpx.URL(upgrade_url)
        self._fail_open = fail_open
        self._timeout = timeout
        self._clock = clock
        self._allowed = _AllowedCache(cache_seconds, cache_entries)
        self._client = client or httpx.AsyncClient()

    @classmethod
    def from_environment(cls) -> Self:
        """Reads `TUITION_API_URL`, `TUITION_UPGRADE_URL` and `TUITION_FAIL_OPEN` (`true` or not)."""
        fail_open = os.environ.get("TUITION_FAIL_OPEN", "false") == "true"
        return cls(os.environ["TUITION_API_URL"], os.environ["TUITION_UPGRADE_URL"], fail_open=fail_open)

    async def aclose(self) -> None:
        await self._client.aclose()

    def require_course(self, course: str) -> Dependency[None]:
        """Lets those through who may open the course."""
        return self._require("course", {course: f"/courses/{quote(course, safe='')}/access"})

    def require_plan(self, plan: str, *or_plans: str) -> Dependency[None]:
        """Lets those through who have one of the plans. The first one is what `upgrade_url` offers."""
        return self._require("plan", {one: f"/entitlements/{quote(one, safe='')}" for one in (plan, *or_plans)})

    def metered(self, meter: str, quantity: int = 1, *, callers_key: bool = True) -> Dependency[Meter | None]:
        """Counts so much of the meter before the route works, or refuses. 0 asks whether one more is allowed.

        A request that repeats the caller's Idempotency-Key is not counted again, and let through again: answer it from
        what your route has kept, or set `callers_key=False`, which counts every request.
        The route gets the `Meter`, or None when `fail_open` let the request through.
        """
        if not 0 <= quantity <= 1_000_000:
            raise ValueError("quantity is from 0 to a million")

        async def dependency(request: Request) -> Meter | None:
            token = _token_of(request)
            key = _key_of(request) if callers_key else None
            try:
                return await self._consume(token, meter, quantity, key or str(uuid.uuid4()))
            except _UnavailableError as outage:
                self._close_or_open(outage, meter)
                return None

        return dependency

    def _require(self, kind: str, paths: dict[str, str]) -> Dependency[None]:
        async def dependency(request: Request) -> None:
            token = _token_of(request)
            reasons: list[str] = []
            try:
                for path in paths.values():
                    if (reason := await self._closed_because(token, path)) is None:
                        return
                    reasons.append(reason)
            except _UnavailableError as outage:
                self._close_or_open(outage, next(iter(paths)))
                return
            # Of several plans, the one that the learner has to do with says more.
            reason = next((one for one in reasons if one != "not_purchased"), "not_purchased")
            raise self._denied(kind, next(iter(paths)), reason)

        return dependency

    async def _closed_because(self, token: str, path: str) -> str | None:
        """The reason, or None when it is open."""
        entry = hashlib.sha256(f"{token}\n{path}".encode()).digest()
        asked_at = self._clock()
        if self._allowed.holds(entry, asked_at):
            return None
        access = _read(_Access, await self._call("GET", path, token))
        if not access.has_access:
            return access.reason
        self._allowed.keep(entry, asked_at, access.until)
        return None

    async def _consume(self, token: str, meter: str, quantity: int, key: str) -> Meter:
        response = await self._call("POST", f"/usage/{quote(meter, safe='')}", token, {"quantity": quantity}, key)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._limit_reached(meter, _read(_LimitReached, response, HTTPStatus.TOO_MANY_REQUESTS).resets_at)
        if response.status_code == HTTPStatus.CONFLICT:
            raise Problem(409, "idempotency_key_reused", "The Idempotency-Key was used for something else.")
        answer = _read(Meter, response)
        if quantity == 0 and not answer.allowed:
            raise self._limit_reached(meter, answer.resets_at)
        return answer

    async def _call(self, method: str, path: str, token: str, body: object = None, key: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        try:
            # httpx has a timeout for each step; this one is for all of them.
            async with asyncio.timeout(self._timeout):
                response = await self._client.request(method, self._api_url + path, json=body, headers=headers)
        except (httpx.HTTPError, TimeoutError) as error:
            raise _UnavailableError(type(error).__name__) from None
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise _unauthorized(response.headers.get("WWW-Authenticate"))
        return response

    def _close_or_open(self, outage: _UnavailableError, what: str) -> None:
        if self._fail_open:
            logger.error("Tuition gave no answer about %s (%s); the request was let through", what, outage)
            return
        logger.warning("Tuition gave no answer about %s (%s); the request was refused", what, outage)
        detail = "Access cannot be checked now. Try again."
        raise Problem(503, "tuition_unavailable", detail, headers={"Retry-After": outage.retry_after})

    def _denied(self, kind: str, what: str, reason: str) -> Problem:
        upgrade = {"reason": reason, kind: what, "upgrade_url": str(self._upgrade_url.copy_set_param(kind, what))}
        if reason in OPENED_BY_PAYING:
            return Problem(402, "payment_required", f"This needs the {kind} {what}.", members=upgrade)
        return Problem(403, "access_denied", f"Paying would not open the {kind} {what} now.", members=upgrade)

    def _limit_reached(self, meter: str, resets_at: datetime) -> Problem:
        detail = f"That is more than is left of {meter}. Nothing was counted."
        headers = {"Retry-After": str(max(1, math.ceil(_seconds_until(resets_at))))}
        upgrade_url = str(self._upgrade_url.copy_set_param("meter", meter))
        upgrade = {"meter": meter, "resets_at": resets_at.isoformat(), "upgrade_url": upgrade_url}
        return Problem(429, "limit_reached", detail, headers=headers, members=upgrade)


class _AllowedCache:
    """Answers that open, and no others. The oldest one goes when it is full."""

    def __init__(self, seconds: float, entries: int) -> None:
        self._seconds = seconds
        self._entries = entries
        self._expiry: OrderedDict[bytes, float] = OrderedDict()

    def holds(self, entry: bytes, now: float) -> bool:
        return self._expiry.get(entry, now) > now

    def keep(self, entry: bytes, asked_at: float, until: datetime | None) -> None:
        seconds = self._seconds if until is None else min(self._seconds, _seconds_until(until))
        if seconds <= 0 or self._entries <= 0:
            return
        self._expiry.pop(entry, None)
        while len(self._expiry) >= self._entries:
            self._expiry.popitem(last=False)
        self._expiry[entry] = asked_at + seconds


def _token_of(request: Request) -> str:
    bearer = BEARER.fullmatch(request.headers.get("Authorization", ""))
    if bearer is None:
        raise _unauthorized()
    return bearer[1]


def _key_of(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        raise Problem(400, "invalid_idempotency_key", "It has 1 to 255 printable ASCII characters.")
    return key


def _unauthorized(challenge: str | None = None) -> Problem:
    return Problem(401, "unauthorized", "Sign in to do this.", headers={"WWW-Authenticate": challenge or "Bearer"})


def _read(model: type[Answer], response: httpx.Response, expected: int = HTTPStatus.OK) -> Answer:
    status = response.status_code
    # API Gateway's own 429 has no code: too many requests of everybody together.
    if status == expected:
        try:
            return model.model_validate_json(response.content)
        except ValidationError:
            pass
    elif status != HTTPStatus.TOO_MANY_REQUESTS and not response.is_server_error:
        # An unknown course, plan or meter, or a wrong TUITION_API_URL. `fail_open` is for outages; this stays closed.
        logger.error("Tuition answers %d to %s: the guard is misconfigured", status, response.url.path)
        raise Problem(500, "guard_misconfigured", "The server is misconfigured.")
    raise _UnavailableError(f"status {status}", response.headers.get("Retry-After"))


def _seconds_until(instant: datetime) -> float:
    return (instant - datetime.now(UTC)).total_seconds()
