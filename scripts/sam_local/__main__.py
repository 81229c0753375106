"""`make sam-local`, `make sam-local-api` and `make e2e-sam-local`."""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from e2e_aws import deployment
from e2e_aws.architecture import own
from e2e_aws.processes import ROOT, Failed
from e2e_aws.report import Wrong

from . import check, docker, functions
from .functions import Stack


def main() -> int:
    """0 when it was done."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(prog="sam_local", description="The functions in Lambda's own runtime, beside a local stack.")
    commands = parser.add_subparsers(dest="command", required=True)
    of_event = commands.add_parser("invoke", help="hand a file of events/ to its function, and print the answer")
    of_event.add_argument("file", type=Path, help="events/courses/show_catalog.json")
    of_api = commands.add_parser("start-api", help="serve the API")
    of_api.add_argument("--port", default="3100")
    commands.add_parser("check", help="do both on a stack of its own, and check what comes back")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tuition-sam-") as directory:
        try:
            return _run(given, Path(directory))
        except (Failed, Wrong) as failed:
            print(failed, file=sys.stderr)
            return 1


def _run(given: argparse.Namespace, directory: Path) -> int:
    if given.command == "check":
        return check.run(directory)
    if not docker.answers():
        raise Failed(f"Missing: {docker.MISSING}")
    stack = Stack()
    stack.check()
    _build(directory)
    options = functions.options(stack, directory)
    if given.command == "invoke":
        return _invoke(given.file, options, directory)
    environment = functions.environment() | check.issuer_of(stack)
    return subprocess.call(functions.start_api(given.port, options), cwd=ROOT, env=environment)


def _build(directory: Path) -> None:
    """For this machine's processor, with a linker that makes them run on Amazon Linux wherever they were built."""
    print("Building the functions: sam build ..", file=sys.stderr, flush=True)
    deployment.build(directory / "build.log", own(), portable=True)


def _invoke(file: Path, options: list[str], directory: Path) -> int:
    function = file.resolve().parent.name
    event = json.loads(file.read_text())
    if function == "webhook":
        functions.sign(event)
    answer = functions.invoke(function, event, options, directory)
    print(json.dumps(answer, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
