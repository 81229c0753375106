"""A function that cannot start."""

import json
import subprocess

from .. import architecture
from ..check_context import CheckContext
from ..deployment import BUILT
from ..report import check, expect


def run(context: CheckContext) -> None:
    """Starts one without its variables."""
    with check("a function without its secret does not start, and its log says why in a sentence"):
        command = architecture.command(BUILT / "Webhook/bootstrap")
        environment = context.deployment.emulator.environment
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        last = json.loads(done.stdout.splitlines()[-1])
        expect((done.returncode, done.stderr, last["level"]), (1, "", "ERROR"), "exit code, stderr and level")
        expect(last["error"].startswith("STRIPE_WEBHOOK_SECRET is not set: "), True, last["error"])
