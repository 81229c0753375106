"""`make e2e-sam-local`: one event of each function through `sam local invoke`, and the API through `sam local start-api`."""

import contextlib
import json
from pathlib import Path

from e2e_aws import deployment, stand_in
from e2e_aws.architecture import own
from e2e_aws.client import send, send_json, wait_for
from e2e_aws.processes import ROOT, Failed, end, free_ports, start, tail
from e2e_aws.report import Wrong, check, expect, step
from e2e_aws.stand_in import AUDIENCE, StandIn

from . import docker, functions
from .functions import Stack

# What one file of each function is answered on a new stack: the status and a telling part of the body.
ANSWERS = {
    "billing/show_subscription": (200, '"plan":"free"'),
    "checkout/create_session": (201, '"checkout_url":"http'),
    "courses/show_catalog": (200, '"id":"vector-search"'),
    "entitlements/consume_usage": (200, '"used":1'),
    "mcp/list_tools": (200, '"name":"show_catalog"'),
    "webhook/checkout.session.completed": (200, '"outcome":"applied"'),
}


def issuer_of(stack: Stack) -> dict[str, str]:
    """Whose tokens the API takes."""
    return {"JWT_ISSUER": stack.issuer, "JWT_AUDIENCE": AUDIENCE}


def run(directory: Path) -> int:
    """0 when every answer was right, and where there is no Docker to try it with."""
    with contextlib.ExitStack() as running:
        if not docker.answers():
            if not docker.Daemon.can_run():
                print(f"NOT TRIED: {docker.MISSING}")
                return 0
            folder = directory / "docker"
            folder.mkdir()
            try:
                with step("Starting a Docker of our own"):
                    running.callback(docker.Daemon(folder).close)
            except Wrong as late:
                # Not every container lets one run.
                print(f"NOT TRIED: dockerd does not run here: {late}\n{tail(folder / 'dockerd.log')}")
                return 0
        with step("Building the local stack"):
            stand_in.build(directory / "cargo.log")
        with step("Building the functions: sam build"):
            deployment.build(directory / "build.log", own())
        with step(f"Looking for {docker.image()}"):
            docker.make_image(directory)
        with step("Starting the local stack where containers reach it"):
            local = StandIn(directory, host="0.0.0.0")
            running.callback(local.close)
            local.wait()
        ports = local.ports
        parts = {"web": "web", "api": "api", "identity": "idp", "stripe": "stripe", "dynamodb": "dynamodb"}
        stack = Stack(**{part: ports[name] for part, name in parts.items()})
        stack.check()
        options = functions.options(stack, directory)
        _invoke_each(options, directory)
        _ask_the_api(stack, local, options, directory, running)
    print("Everything is as promised.")
    return 0


def _invoke_each(options: list[str], directory: Path) -> None:
    for name, (status, part) in ANSWERS.items():
        function, _ = name.split("/")
        event = json.loads((ROOT / f"events/{name}.json").read_text())
        if function == "webhook":
            functions.sign(event)
        with check(f"sam local invoke: events/{name}.json"):
            answer = functions.invoke(function, event, options, directory)
            expect((answer["statusCode"], part in answer["body"]), (status, True), f"status and {part} in {answer['body']}")
    with check("sam local invoke: events/reconcile/schedule.json"):
        event = json.loads((ROOT / "events/reconcile/schedule.json").read_text())
        answer = functions.invoke("reconcile", event, options, directory)
        expect((answer["finished"], answer["failed"]), (True, 0), "the report")


def _ask_the_api(
    stack: Stack, local: StandIn, options: list[str], directory: Path, running: contextlib.ExitStack
) -> None:
    port = free_ports(1)[0]
    log = directory / "api.log"
    process = start(functions.start_api(port, options), functions.environment() | issuer_of(stack), log, ROOT)
    running.callback(end, process)
    api = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        if process.poll() is not None:
            raise Failed(f"sam local start-api has ended:\n{tail(log)}")
        return functions.is_there(api)

    wait_for("sam local start-api answers", is_up, seconds=60)
    with check("sam local start-api: the catalog is public"):
        courses = send("GET", f"{api}/catalog").expect(200)["courses"]
        expect("vector-search" in [course["id"] for course in courses], True, "vector-search is sold")
    with check("sam local start-api: nobody is let in without a token, or with another one's"):
        send("GET", f"{api}/courses").expect(401)
        forged = {"authorization": f"Bearer {local.forged(iss='https://somebody.example')}"}
        send("GET", f"{api}/courses", headers=forged).expect(401)
    with check("sam local start-api: the identity provider's token opens what its learner has"):
        # The webhook's file sold it to her.
        token = {"authorization": f"Bearer {local.token('ada@example.com')}"}
        access = send("GET", f"{api}/courses/vector-search/access", headers=token).expect(200)
        expect((access["has_access"], access["because"]["reason"]), (True, "purchased"), "the access")
    with check("sam local start-api: an assistant sees it, too"):
        called = {"name": "check_course_access", "arguments": {"course_id": "vector-search"}}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called}
        result = send_json("POST", f"{api}/mcp", message, token).expect(200)["result"]
        expect(result["structuredContent"], access, "the tool's result")
