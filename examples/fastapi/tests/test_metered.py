"""What may be used of a meter, against a running stack. The free plan has 30 minutes a day; each question takes 10."""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import Request

import school
from conftest import UPGRADE_URL
from school import Learner
from tuition_guard import Problem, TuitionGuard


def used(learner: Learner) -> int:
    return int(learner.ask("GET", "/usage")["meters"]["ai_minutes"]["used"])


def test_every_request_is_counted_until_the_limit(app: httpx.Client, learner: Learner) -> None:
    answers = [app.post("/tutor", headers=learner.headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.json()["used"] for answer in answers[:3]] == [10, 20, 30]
    refused = answers[3].json()
    assert (refused["code"], refused["meter"]) == ("limit_reached", "ai_minutes")
    assert refused["upgrade_url"] == f"{UPGRADE_URL}?meter=ai_minutes"
    resets_at = datetime.fromisoformat(refused["resets_at"])
    assert datetime.now(UTC) < resets_at <= datetime.now(UTC) + timedelta(days=1)
    left = (resets_at - datetime.now(UTC)).total_seconds()
    assert left <= int(answers[3].headers["Retry-After"]) <= left + 30
    assert used(learner) == 30


def test_a_subscription_raises_the_limit(app: httpx.Client, learner: Learner) -> None:
    learner.ask("POST", "/usage/ai_minutes", {"quantity": 30})
    assert app.post("/tutor", headers=learner.headers).status_code == 429
    learner.subscribe("premium")
    assert app.post("/tutor", headers=learner.headers).json()["used"] == 40


def test_the_same_idempotency_key_counts_once(app: httpx.Client, learner: Learner) -> None:
    headers = learner.headers | {"Idempotency-Key": "question-1"}
    assert [app.post("/tutor", headers=headers).json()["used"] for _ in range(3)] == [10, 10, 10]
    assert used(learner) == 10
    assert app.post("/tutor", headers=learner.headers | {"Idempotency-Key": "question-2"}).json()["used"] == 20


def test_a_key_of_something_else_is_a_conflict(app: httpx.Client, learner: Learner) -> None:
    headers = learner.headers | {"Idempotency-Key": "question-1"}
    httpx.post(f"{school.API}/usage/ai_minutes", headers=headers, json={"quantity": 3}).raise_for_status()
    answer = app.post("/tutor", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


def test_a_malformed_key_is_refused(app: httpx.Client, learner: Learner) -> None:
    for key in (b"", b"k" * 256, b"\xe9"):
        headers = {b"Authorization": f"Bearer {learner.token}".encode(), b"Idempotency-Key": key}
        answer = app.post("/tutor", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert used(learner) == 0


@pytest.mark.anyio
async def test_without_the_callers_key_every_request_is_counted(learner: Learner) -> None:
    async with aclosing(TuitionGuard(school.API, UPGRADE_URL)) as guard:
        dependency = guard.metered("ai_minutes", callers_key=False)
        for _ in range(2):
            await dependency(request_of(learner, ("idempotency-key", "question-1")))
    assert used(learner) == 2


@pytest.mark.anyio
async def test_a_quantity_of_0_asks_and_counts_nothing(learner: Learner) -> None:
    async with aclosing(TuitionGuard(school.API, UPGRADE_URL)) as guard:
        dependency = guard.metered("ai_minutes", quantity=0)
        meter = await dependency(request_of(learner))
        assert meter is not None
        assert (meter.used, meter.limit, meter.allowed) == (0, 30, True)
        learner.ask("POST", "/usage/ai_minutes", {"quantity": 30})
        with pytest.raises(Problem) as refused:
            await dependency(request_of(learner))
    assert refused.value.status_code == 429


def request_of(learner: Learner, *more: tuple[str, str]) -> Request:
    headers = [(name.lower().encode(), value.encode()) for name, value in (*learner.headers.items(), *more)]
    return Request({"type": "http", "headers": headers})
