"""The AWS emulator: its process, clients for it, and how its hosts are reached on this machine."""

import os
import urllib.parse
from pathlib import Path
from typing import Any

import boto3

from .client import send, wait_for
from .processes import ROOT, end, free_ports, start

REGION = "us-east-1"
ACCOUNT = "000000000000"


class Emulator:
    """AWS, until it is closed. Nothing is kept."""

    def __init__(self, directory: Path) -> None:
        port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{port}"
        self.log = directory / "emulator.log"
        state = directory / "emulator"
        state.mkdir()
        # Functions inherit this environment, and find their AWS in it.
        environment = self.environment | {
            # Loopback only, IoT's listener included.
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "localhost",
            # Without Docker, and with every role's permissions enforced.
            "LAMBDA_EXECUTOR": "local",
            "AUTH": "true",
        }
        python = ROOT / ".venv/emulator/bin/python"
        environment["PYTHONPATH"] = str(ROOT / "scripts")
        self.process = start([str(python), "-B", "-m", "e2e_aws.condition_keys"], environment, self.log, state)

    def wait(self) -> None:
        """Returns when it answers."""
        wait_for("the emulator answers", self._answers, seconds=60)

    def close(self) -> None:
        """Ends it, with its functions."""
        end(self.process)

    @property
    def environment(self) -> dict[str, str]:
        """For programs that should see this AWS and no other."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STRIPE_"))}
        return kept | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
        }

    def client(self, service: str, credentials: dict[str, Any] | None = None):
        """A client of one of AWS's services: the account's root, or whom the credentials of STS are for."""
        keys = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test"}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
        )

    def api(self, url: str) -> str:
        """Where an HTTP API is on this machine."""
        api = urllib.parse.urlsplit(url).hostname.split(".")[0]
        return f"{self.url}/_aws/execute-api/{api}/$default"

    def function_url(self, url: str) -> str:
        """Where a function URL is on this machine."""
        function = urllib.parse.urlsplit(url).hostname.split(".")[0]
        return f"{self.url}/_aws/lambda-url/{function}/"

    def _answers(self) -> bool:
        try:
            return send("GET", f"{self.url}/_ministack/health").status == 200
        except OSError:
            return False
