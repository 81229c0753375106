"""The functions as SAM runs them: with the variables of a local stack in place of AWS's."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e_aws.architecture import own
from e2e_aws.client import send
from e2e_aws.processes import ROOT, Failed
from e2e_aws.stand_in import KEY, signature

from . import docker

BIN = Path(sys.executable).parent
# Of the stand-in, unless a stack was started with another one.
WEBHOOK_SECRET = "whsec_tuition_development"


@dataclass(frozen=True)
class Stack:
    """Where a running local stack is."""

    web: int = int(os.environ.get("WEB_PORT", "3000"))
    api: int = int(os.environ.get("API_PORT", "9000"))
    identity: int = int(os.environ.get("IDP_PORT", "9002"))
    stripe: int = int(os.environ.get("STRIPE_PORT", "12111"))
    dynamodb: int = int(os.environ.get("DYNAMODB_PORT", "8000"))

    @property
    def issuer(self) -> str:
        """The issuer of its tokens."""
        return f"http://127.0.0.1:{self.identity}"

    def variables(self) -> dict[str, str]:
        """What a function in a container gets."""
        host = docker.host()
        return {
            # The MCP server's tools are requests of an API; this is one that takes the same tokens.
            "API_BASE_URL": f"http://{host}:{self.api}",
            "APP_ORIGINS": f"http://127.0.0.1:{self.web},http://localhost:{self.web}",
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://{host}:{self.dynamodb}",
            "JWT_ISSUER": self.issuer,
            "STRIPE_API_BASE": f"http://{host}:{self.stripe}",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_tuition",
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "TABLE_NAME": "tuition",
        }

    def check(self) -> None:
        """Says so when it does not run, or when no container could reach it."""
        if not is_there(f"http://127.0.0.1:{self.dynamodb}/"):
            raise Failed("The local stack does not run. Start it in another terminal: make run ARGS=\"--host 0.0.0.0\"")
        host = docker.host()
        if host != "host.docker.internal" and not is_there(f"http://{host}:{self.dynamodb}/"):
            raise Failed(
                f"Containers call this machine {host}, and the local stack does not listen there.\n"
                "Start it again: make run ARGS=\"--host 0.0.0.0\""
            )


def is_there(url: str) -> bool:
    """Whether somebody answers."""
    try:
        send("GET", url)
    except OSError:
        return False
    return True


def options(stack: Stack, directory: Path) -> list[str]:
    """What every `sam local` gets."""
    variables = directory / "variables.json"
    variables.write_text(json.dumps({"Parameters": stack.variables()}))
    given = ["--env-vars", str(variables), "--parameter-overrides", f"Architecture={own()}"]
    return given + (["--skip-pull-image"] if docker.has_image() else [])


def environment() -> dict[str, str]:
    """SAM's own: nothing of an AWS account reaches the containers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # SAM hands these on, and the local stack takes any.
    local = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return kept | local | {"AWS_REGION": "us-east-1", "PATH": path, "SAM_CLI_TELEMETRY": "0", "PYTHONPATH": str(ROOT / "scripts")}


def sign(event: dict[str, Any]) -> None:
    """Makes a delivery one of now, and signs it. Of an event that is older than an hour Stripe would be asked, and it knows
    none of the ids in the files."""
    event["body"] = json.dumps(json.loads(event["body"]) | {"created": int(time.time())})
    event["headers"]["stripe-signature"] = signature(WEBHOOK_SECRET, event["body"].encode())


def start_api(port: int | str, given: list[str]) -> list[str]:
    """The command that serves the API."""
    api = [str(BIN / "python"), "-B", "-m", "sam_local.start_api", "local", "start-api", "--port", str(port)]
    return [*api, "--warm-containers", "LAZY", *given]


def invoke(function: str, event: dict[str, Any], given: list[str], directory: Path) -> Any:
    """What the function makes of an event, in a container of its own."""
    file = directory / "event.json"
    file.write_text(json.dumps(event))
    command = [f"{BIN}/sam", "local", "invoke", function.capitalize(), "--event", str(file), *given]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise Failed(f"sam local invoke {function.capitalize()} ended with {done.returncode}:\n{done.stderr}")
    # The answer is the last line that is JSON; the function's logs go to the other stream.
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise Failed(f"{function} answered {done.stdout!r}\n{done.stderr}") from None
