"""What schemathesis loads beside its own checks."""

import os

import schemathesis

from .learners import Learner

FORM_CODES = {"body_missing", "malformed_json", "invalid_query", "invalid_limit", "invalid_idempotency_key"}
# `invalid_field` is also the answer to fields that do not go together, with another sentence.
WRONG_FIELD = "A field is unknown, missing, or not of its documented type."

CUSTOMER_TOKEN = os.environ.get("TUITION_CUSTOMER_TOKEN", "")
CUSTOMER_EMAIL = os.environ.get("TUITION_CUSTOMER_EMAIL", "")


@schemathesis.check
def schema_says_all_about_the_form(_context, response, case) -> None:
    """A request that the schema allows may be refused for what it asks, but not for its form."""
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    if problem["code"] in FORM_CODES or problem["detail"] == WRONG_FIELD:
        raise AssertionError(f"The schema allows this request, and the answer is {problem['code']}")


@schemathesis.hook
def after_call(_context, case, response) -> None:
    """A customer who has ended the subscription buys another one, or the calls after it would all be refused."""
    canceled = case.operation.path == "/billing/subscription/cancel" and response.status_code == 200
    if CUSTOMER_TOKEN and canceled and response.json()["status"] == "canceled":
        Learner(CUSTOMER_EMAIL, CUSTOMER_TOKEN).subscribe("premium")
