"""`make deploy-web`: deploys web/template.yaml, and uploads the shop with a configuration for the API's stack."""

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from e2e_aws.processes import ROOT, Failed

from . import files, shop_stack
from .api_stack import ApiStack
from .settings import SETTINGS, Settings


def main() -> int:
    """0 when the shop is there."""
    try:
        return _run(_arguments())
    except (Failed, BotoCoreError, ClientError) as failed:
        print(failed, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make deploy-web", description="Deploys the shop. What is given is kept in samconfig.toml."
    )
    parser.add_argument("--config-env", default="default", help="whose settings: as for make deploy")
    parser.add_argument("--config-file", type=Path, default=ROOT / "samconfig.toml")
    parser.add_argument("--dist", type=Path, default=ROOT / "web/dist", help="the built shop")
    parser.add_argument("--dry-run", action="store_true", help="only read and show: change nothing, keep nothing")
    for name, what in SETTINGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=what)
    return parser.parse_args()


def _run(given: argparse.Namespace) -> int:
    settings = Settings.load(given.config_file, given.config_env)
    settings.change({name: value for name in SETTINGS if (value := getattr(given, name)) is not None})
    settings.check()
    shop = files.built(given.dist)
    session = boto3.Session(region_name=settings.region())
    if session.region_name is None:
        raise Failed("Name the region: export AWS_REGION and AWS_DEFAULT_REGION, as docs/deploy.md says.")
    api = ApiStack.read(session.client("cloudformation"), settings.api_stack())
    config = api.config_document(settings)
    parameters = shop_stack.parameters(api, config, settings)
    shop.append(files.config(config))
    stack = settings.get("stack_name", f"{api.name}-web")
    command = shop_stack.command(stack, session.region_name, parameters)
    if given.dry_run:
        _show(command, config, shop)
        return 0
    settings.save()
    shop_stack.deploy(command)
    outputs = shop_stack.outputs(session.client("cloudformation"), stack)
    files.upload(session.client("s3"), outputs["BucketName"], shop)
    shop_stack.invalidate(session.client("cloudfront"), outputs["DistributionId"])
    _next_steps(outputs, settings, api)
    return 0


def _show(command: list[str], config: dict[str, Any], shop: list[files.File]) -> None:
    print(f"Would run\n  {shlex.join(command)}\n\nconfig.json\n{json.dumps(config, indent=2)}\n\nWould upload, in this order")
    for file in files.in_order(shop):
        print(f"  {file.key:48} {file.content_type:32} {file.cache_control}")


def _next_steps(outputs: dict[str, str], settings: Settings, api: ApiStack) -> None:
    url = outputs["ShopUrl"]
    print(f"\nThe shop is at {url}")
    if settings.get("domain") and not settings.get("hosted_zone_id"):
        print(f"Its DNS record, a CNAME or an alias, has to point to {outputs['DistributionDomain']}.")
    if url not in api.app_origins:
        origins = ",".join([url, *api.app_origins])
        print(f"It cannot call the API yet. Answer AppOrigins with {origins}: make deploy ARGS=--guided")


if __name__ == "__main__":
    sys.exit(main())
