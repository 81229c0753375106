"""Who may open a course or use a plan, against a running stack."""

import httpx

import school
from conftest import UPGRADE_URL, Serve
from school import Learner, sign_in
from tuition_guard import TuitionGuard

NOTEBOOK = "/notebooks/vector-search"
ACCESS = "/courses/vector-search/access"


def test_an_unguarded_route_needs_no_token(app: httpx.Client) -> None:
    assert app.get("/health").status_code == 200


def test_without_a_token_nothing_opens(app: httpx.Client) -> None:
    for authorization in (None, b"Basic YTpi", b"Bearer", b"Bearer a b", b"Bearer \xe9"):
        answer = app.get(NOTEBOOK, headers={b"Authorization": authorization} if authorization else {})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_foreign_token_is_passed_on_and_refused(app: httpx.Client, learner: Learner) -> None:
    head, claims, signature = learner.token.split(".")
    for token in ("x.y.z", f"{head}.{claims}.{signature[::-1]}"):
        for method, path in (("GET", NOTEBOOK), ("GET", "/studio"), ("POST", "/tutor")):
            answer = app.request(method, path, headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_course_that_was_not_bought_asks_for_payment(app: httpx.Client, learner: Learner) -> None:
    answer = app.get(NOTEBOOK, headers=learner.headers)
    assert answer.status_code == 402
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Payment Required",
        "status": 402,
        "code": "payment_required",
        "detail": "This needs the course vector-search.",
        "reason": "not_purchased",
        "course": "vector-search",
        "upgrade_url": f"{UPGRADE_URL}?course=vector-search",
    }


def test_a_course_opens_at_once_after_it_was_bought(app: httpx.Client, learner: Learner) -> None:
    # The refusal is not kept, though the cache is on.
    for _ in range(2):
        assert app.get(NOTEBOOK, headers=learner.headers).status_code == 402
    learner.buy("vector-search")
    assert app.get(NOTEBOOK, headers=learner.headers).json() == {"notebook": "Building the index"}
    # It is this learner's alone.
    assert app.get(NOTEBOOK, headers=sign_in().headers).status_code == 402


def test_a_refund_closes_at_once_without_the_cache(serve: Serve, learner: Learner) -> None:
    app = serve(TuitionGuard(school.API, UPGRADE_URL, cache_seconds=0))
    payment = learner.buy("vector-search")
    assert app.get(NOTEBOOK, headers=learner.headers).status_code == 200
    school.refund(payment)
    learner.wait_for(ACCESS, "refunded")
    answer = app.get(NOTEBOOK, headers=learner.headers)
    assert (answer.status_code, answer.json()["reason"]) == (402, "refunded")


def test_a_refund_closes_within_the_minute_of_the_cache(serve: Serve, learner: Learner) -> None:
    now = 1000.0
    app = serve(TuitionGuard(school.API, UPGRADE_URL, clock=lambda: now))
    payment = learner.buy("vector-search")
    assert app.get(NOTEBOOK, headers=learner.headers).status_code == 200
    school.refund(payment)
    learner.wait_for(ACCESS, "refunded")
    now += 59.9
    assert app.get(NOTEBOOK, headers=learner.headers).status_code == 200
    now += 0.1
    assert app.get(NOTEBOOK, headers=learner.headers).status_code == 402


def test_a_disputed_course_does_not_ask_for_payment(app: httpx.Client, learner: Learner) -> None:
    school.dispute(learner.buy("vector-search"))
    learner.wait_for(ACCESS, "disputed")
    answer = app.get(NOTEBOOK, headers=learner.headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (403, "access_denied", "disputed")
    assert answer.json()["upgrade_url"] == f"{UPGRADE_URL}?course=vector-search"


def test_a_subscription_opens_the_plan_and_its_courses(app: httpx.Client, learner: Learner) -> None:
    answer = app.get("/studio", headers=learner.headers)
    assert (answer.status_code, answer.json()["plan"]) == (402, "premium")
    assert answer.json()["upgrade_url"] == f"{UPGRADE_URL}?plan=premium"
    learner.subscribe("premium")
    assert app.get("/studio", headers=learner.headers).json() == {"studio": "open"}
    assert app.get(NOTEBOOK, headers=learner.headers).status_code == 200


def test_another_of_the_named_plans_opens_too(app: httpx.Client, learner: Learner) -> None:
    learner.subscribe("plus")
    assert app.get("/studio", headers=learner.headers).status_code == 200
