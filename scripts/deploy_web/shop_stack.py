"""The stack of web/template.yaml."""

import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from e2e_aws.processes import ROOT, Failed

from .api_stack import ApiStack, origin
from .settings import Settings

SAM = Path(sys.executable).parent / "sam"


def parameters(api: ApiStack, config: dict[str, Any], settings: Settings) -> dict[str, str]:
    """The template's parameters. Empty ones are named, too: SAM would keep what they were before."""
    issuer, token = origin(config["issuer"]), api.token_origin()
    return {
        "ApiOrigin": origin(config["api_url"]),
        "IssuerOrigin": issuer,
        "TokenOrigin": "" if token == issuer else token,
        "Domain": settings.get("domain"),
        "CertificateArn": settings.get("certificate_arn"),
        "HostedZoneId": settings.get("hosted_zone_id"),
        "LogBucket": settings.get("log_bucket"),
    }


def command(stack: str, region: str, parameters: dict[str, str]) -> list[str]:
    """What deploys it. It does not ask: nothing in the stack could be lost. SAM looks for a samconfig.toml beside the template,
    and finds none."""
    return [
        str(SAM),
        "deploy",
        f"--template-file={ROOT / 'web/template.yaml'}",
        f"--stack-name={stack}",
        f"--region={region}",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--parameter-overrides",
        *(f'{name}="{value}"' for name, value in parameters.items()),
    ]


def deploy(command: list[str]) -> None:
    """Runs it."""
    status = subprocess.call(command, cwd=ROOT, env=os.environ | {"SAM_CLI_TELEMETRY": "0"})
    if status != 0:
        raise Failed(f"sam deploy ended with {status}. Nothing was uploaded.")


def outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    """Where everything is."""
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def invalidate(cloudfront: Any, distribution: str) -> None:
    """CloudFront forgets the two files that are different under the same name."""
    paths = ["/index.html", "/config.json"]
    batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": str(uuid.uuid4())}
    cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
