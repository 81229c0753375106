"""`make e2e-aws`: builds, deploys to the emulator, and asks the deployed stack as a client does.

`make e2e-aws-web` tries only the shop's stack, beside an API whose functions are empty, so that nothing is built."""

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import architecture, checks, deployment, stand_in
from .check_context import SECRET_KEY, WEBHOOK_SECRET, CheckContext
from .deployment import Deployment
from .emulator import REGION, Emulator
from .processes import Failed, tail
from .report import step
from .stand_in import StandIn


def main() -> int:
    """0 when every promise was kept."""
    # A run that is told to end ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    only_web = sys.argv[1:] == ["web"]
    try:
        architecture.check()
    except Failed as lacking:
        print(lacking, file=sys.stderr)
        return 1
    # SAM's translator asks for it.
    os.environ["AWS_DEFAULT_REGION"] = REGION
    with tempfile.TemporaryDirectory(prefix="tuition-e2e-") as directory, contextlib.ExitStack() as running:
        return (_run_web if only_web else _run)(Path(directory), running)


def _run_web(directory: Path, running: contextlib.ExitStack) -> int:
    with step("Starting the emulator"):
        emulator = Emulator(directory)
        running.callback(emulator.close)
        emulator.wait()
    return _checked(emulator, lambda: checks.web.check_shop(Deployment.unbuilt(emulator)))


def _run(directory: Path, running: contextlib.ExitStack) -> int:
    with step("Building the local stack and the operator's tool"):
        stand_in.build(directory / "cargo.log")
    with step(f"Building the functions for {architecture.ARCHITECTURE}: sam build"):
        deployment.build(directory / "build.log")
    with step("Starting the emulator and the local stack"):
        emulator = Emulator(directory)
        running.callback(emulator.close)
        stripe = StandIn(directory)
        running.callback(stripe.close)
        emulator.wait()
        stripe.wait()
    return _checked(emulator, lambda: checks.all_of(_deploy(emulator, stripe, directory)))


def _checked(emulator: Emulator, run: Callable[[], None]) -> int:
    try:
        run()
    except Exception as error:
        print(f"\n{error}\n\nThe emulator's log ends with\n{tail(emulator.log)}", file=sys.stderr)
        return 1
    print("Everything is as promised.")
    return 0


def _deploy(emulator: Emulator, stripe: StandIn, directory: Path) -> CheckContext:
    """What docs/deploy.md tells an operator to do, in that order."""
    with step("Storing Stripe's key, sam package, deploying"):
        ssm = emulator.client("ssm")
        ssm.put_parameter(Name=SECRET_KEY, Value=stand_in.KEY, Type="SecureString")
        parameters = {
            "AppOrigins": stripe.web,
            "JwtAudience": stand_in.AUDIENCE,
            "JwtIssuer": stripe.issuer,
            "StripeApiBase": stripe.stripe,
            "StripePublishableKey": "pk_test_tuition",
            "StripeSecretKeyParameter": SECRET_KEY,
            "StripeWebhookSecretParameter": WEBHOOK_SECRET,
        }
        stack = Deployment.package(emulator, directory, parameters)
        stack.deploy(stack.runnable_template())
    outputs = stack.outputs()
    webhook = emulator.function_url(outputs["WebhookUrl"])
    with step("Opening the school: tuition webhook create, tuition catalog sync"):
        table = outputs["TableName"]
        stripe.tuition(emulator, table, "webhook", "create", "--url", webhook, "--parameter", WEBHOOK_SECRET)
        stripe.tuition(emulator, table, "webhook", "check", "--url", webhook)
        stripe.tuition(emulator, table, "catalog", "push")
        stripe.tuition(emulator, table, "catalog", "sync")
    return CheckContext(stack, stripe, emulator.api(outputs["ApiUrl"]), webhook)


if __name__ == "__main__":
    sys.exit(main())
