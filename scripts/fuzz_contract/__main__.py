"""Runs schemathesis against a running stack, as one caller after another: make test-contract.

Its arguments are options of `schemathesis run`.
"""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

from . import learners

HERE = pathlib.Path(__file__).resolve().parent
CONTRACT = HERE.parent.parent / "openapi.json"
SCHEMATHESIS = pathlib.Path(sys.executable).with_name("schemathesis")


def main() -> int:
    if not learners.API:
        sys.exit("No stack: run it by examples/with_stack")
    newcomer = learners.sign_in("newcomer@example.com")
    customer = learners.sign_in("customer@example.com")
    known = catalog_values(learners.catalog()) | {
        "checkouts": [customer.buy("vector-search")],
        "certificates": [customer.complete("prompting-basics")],
        "subscriptions": [customer.subscribe("premium")],
    }
    contract = with_bearer_tokens(json.loads(CONTRACT.read_text()))
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        place.joinpath("schemathesis.toml").write_text(HERE.joinpath("schemathesis.toml").read_text() + as_toml(known))
        as_customer = {"TUITION_CUSTOMER_TOKEN": customer.token, "TUITION_CUSTOMER_EMAIL": customer.email}
        outcomes = [
            run("nobody", place, refusing(contract), "--generation-with-security-parameters=false"),
            run("a newcomer", place, contract, *authorized(newcomer)),
            run("a customer", place, contract, *authorized(customer), environment=as_customer),
        ]
    return 0 if all(outcomes) else 1


def with_bearer_tokens(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract for a tool that knows no `openIdConnect`, and would not notice that a token is not asked for."""
    changed = copy.deepcopy(contract)
    changed["components"]["securitySchemes"] = {
        name: {"type": "http", "scheme": "bearer"} for name in contract["components"]["securitySchemes"]
    }
    return changed


def refusing(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract for a caller without a token: what needs one answers 401, and nothing else."""
    changed = copy.deepcopy(contract)
    for path in changed["paths"].values():
        for operation in path.values():
            if operation["security"]:
                operation["responses"] = {"401": operation["responses"]["401"]}
    return changed


def catalog_values(catalog: dict[str, Any]) -> dict[str, list[str]]:
    """What exists, so that not all requests ask for what does not."""
    plans = catalog["plans"]
    sold = catalog["products"] + plans
    return {
        "courses": [course["id"] for course in catalog["courses"]],
        "steps": [step["id"] for course in catalog["courses"] for module in course["modules"] for step in module["steps"]],
        "products": [product["id"] for product in sold],
        "plans": [plan["id"] for plan in plans],
        # In one currency: a subscription cannot be changed to another one.
        "prices": [p["price_id"] for product in sold for p in product["prices"] if p["currency"] == "usd"],
        "meters": sorted({meter for plan in plans for meter in plan["limits"]}),
    }


def as_toml(known: dict[str, list[str]]) -> str:
    """Dictionaries of schemathesis. A list of strings is written in TOML as in JSON."""
    return "".join(f"\n[dictionaries.{name}]\nvalues = {json.dumps(values)}\n" for name, values in known.items())


def authorized(learner: learners.Learner) -> tuple[str, ...]:
    """The options for a caller with a token."""
    return ("--header", f"Authorization: Bearer {learner.token}")


def run(
    caller: str,
    place: pathlib.Path,
    contract: dict[str, Any],
    *options: str,
    environment: dict[str, str] | None = None,
) -> bool:
    """Whether everything passes. It leaves nothing behind outside of `place`."""
    print(f"\n--- as {caller}", flush=True)
    place.joinpath("openapi.json").write_text(json.dumps(contract))
    command = [SCHEMATHESIS, "--config-file", "schemathesis.toml", "run", "openapi.json", "--url", learners.API]
    command += sys.argv[1:]
    hooks = {
        "SCHEMATHESIS_HOOKS": f"{__package__}.hooks",
        "PYTHONPATH": str(HERE.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment = os.environ | hooks | (environment or {})
    return subprocess.run([*command, *options], cwd=place, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
