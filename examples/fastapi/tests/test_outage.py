"""What happens when Tuition does not answer, or nothing that can be understood; and what is cached."""

import logging
import socket
from collections.abc import Callable

import httpx
import pytest

import school
from conftest import UPGRADE_URL, Serve
from school import Learner
from tuition_guard import TuitionGuard

ROUTES = (("GET", "/notebooks/vector-search"), ("GET", "/studio"), ("POST", "/tutor"))
TOKEN = {"Authorization": "Bearer a.b.c"}
OPEN = {"has_access": True, "because": {"reason": "free_course"}, "until": None}


def nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def answered_by(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


def test_nothing_opens_while_tuition_is_down(serve: Serve, learner: Learner, caplog: pytest.LogCaptureFixture) -> None:
    app = serve(TuitionGuard(nobody_listens(), UPGRADE_URL))
    for method, path in ROUTES:
        answer = app.request(method, path, headers=learner.headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "tuition_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert app.get("/studio").status_code == 401
    assert learner.token not in caplog.text


def test_fail_open_lets_through_and_logs_it(serve: Serve, learner: Learner, caplog: pytest.LogCaptureFixture) -> None:
    app = serve(TuitionGuard(nobody_listens(), UPGRADE_URL, fail_open=True))
    with caplog.at_level(logging.INFO):
        for method, path in ROUTES:
            assert app.request(method, path, headers=learner.headers).status_code == 200
    assert app.get("/studio").status_code == 401
    let_through = [record for record in caplog.records if "let through" in record.message]
    assert [record.levelname for record in let_through] == ["ERROR"] * 3
    assert learner.token not in caplog.text
    assert learner.email not in caplog.text


def test_a_call_takes_no_longer_than_its_timeout(serve: Serve) -> None:
    # It accepts connections, and never answers.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = serve(TuitionGuard(f"http://127.0.0.1:{silent.getsockname()[1]}", UPGRADE_URL, timeout=0.1))
        assert app.get("/studio", headers=TOKEN).status_code == 503


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (httpx.Response(500, json={"message": "Internal Server Error"}), 503),
        (httpx.Response(503, headers={"Retry-After": "7"}), 503),
        (httpx.Response(429, json={"message": "Too Many Requests"}), 503),
        (httpx.Response(200, text="<html>"), 503),
        (httpx.Response(200, json={"has_access": "true", "because": {"reason": "?"}, "until": None}), 503),
        # What no outage causes stays closed, whatever the switch says.
        (httpx.Response(404, json={"code": "not_found"}), 500),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example/"}), 500),
        (httpx.Response(403, json={"message": "Forbidden"}), 500),
    ],
)
def test_only_an_answer_that_says_so_opens(serve: Serve, answer: httpx.Response, status: int) -> None:
    closed = serve(TuitionGuard("http://tuition", UPGRADE_URL, client=answered_by(lambda _: answer)))
    opened = serve(TuitionGuard("http://tuition", UPGRADE_URL, fail_open=True, client=answered_by(lambda _: answer)))
    for method, path in ROUTES:
        refused = closed.request(method, path, headers=TOKEN)
        assert refused.status_code == status
        assert status != 503 or refused.headers["Retry-After"] == answer.headers.get("Retry-After", "5")
        assert opened.request(method, path, headers=TOKEN).status_code == (200 if status == 503 else status)


def test_an_unknown_reason_does_not_ask_for_payment(serve: Serve) -> None:
    closed = {"has_access": False, "because": {"reason": "something_new"}, "until": None}
    app = serve(TuitionGuard("http://t", UPGRADE_URL, client=answered_by(lambda _: httpx.Response(200, json=closed))))
    assert app.get("/studio", headers=TOKEN).status_code == 403


def test_an_allowed_answer_is_kept_per_token_and_course_while_tuition_is_down(serve: Serve) -> None:
    answers = [httpx.Response(200, json=OPEN)]
    client = answered_by(lambda _: answers.pop() if answers else httpx.Response(500))
    app = serve(TuitionGuard("http://tuition", UPGRADE_URL, client=client))
    statuses = [
        app.get("/studio", headers=headers).status_code for headers in (TOKEN, TOKEN, {"Authorization": "Bearer d"})
    ]
    assert statuses == [200, 200, 503]
    assert app.get("/notebooks/vector-search", headers=TOKEN).status_code == 503


@pytest.mark.parametrize(
    ("until", "statuses"), [("2020-01-01T00:00:00Z", [200, 503]), ("2999-01-01T00:00:00Z", [200, 200])]
)
def test_an_answer_is_kept_no_longer_than_it_opens(serve: Serve, until: str, statuses: list[int]) -> None:
    answers = [httpx.Response(200, json=OPEN | {"until": until})]
    client = answered_by(lambda _: answers.pop() if answers else httpx.Response(500))
    app = serve(TuitionGuard("http://tuition", UPGRADE_URL, client=client))
    assert [app.get("/studio", headers=TOKEN).status_code for _ in statuses] == statuses


def test_the_cache_is_bounded(serve: Serve) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Authorization"].removeprefix("Bearer "))
        return httpx.Response(200, json=OPEN)

    app = serve(TuitionGuard("http://tuition", UPGRADE_URL, cache_entries=2, client=answered_by(answer)))
    for token in ("a", "b", "c", "b", "c", "a"):
        assert app.get("/studio", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert asked == ["a", "b", "c", "a"]


def test_settings_that_keep_no_promise_are_refused() -> None:
    with pytest.raises(ValueError, match="within a minute"):
        TuitionGuard(school.API, UPGRADE_URL, cache_seconds=61)
    with pytest.raises(ValueError, match="https://"):
        TuitionGuard("localhost:9000", UPGRADE_URL)
    with pytest.raises(ValueError, match="a million"):
        TuitionGuard(school.API, UPGRADE_URL).metered("ai_minutes", quantity=-1)
