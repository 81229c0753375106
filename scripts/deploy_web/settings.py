"""What the operator has chosen: kept in samconfig.toml beside the answers to `make deploy`, in a section of its own."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from e2e_aws.processes import Failed

SETTINGS = {
    "api_stack": "the API's stack, if it is not the one of make deploy",
    "stack_name": "the shop's stack; that of the API with -web",
    "brand_name": "the name in the header and in the tabs",
    "brand_color": "one colour as #rrggbb",
    "stripe_publishable_key": "Stripe's publishable key, pk_..",
    "practice_meter": "the meter that practice in a lesson uses",
    "api_url": "the API, if it has a domain of yours: https://api.school.example",
    "client_id": "the shop at your issuer, if JwtAudience has several",
    "domain": "a domain of yours for the shop",
    "certificate_arn": "its certificate, in us-east-1",
    "hosted_zone_id": "the hosted zone of Route 53 that gets its records",
    "log_bucket": "a bucket for access logs: my-logs.s3.amazonaws.com",
}
SECTION = "deploy_web"


@dataclass
class Settings:
    """The settings of one environment of a configuration file."""

    file: Path
    environment: str
    document: tomlkit.TOMLDocument

    @classmethod
    def load(cls, file: Path, environment: str) -> "Settings":
        """Those that were kept; none, if there is no file."""
        return cls(file, environment, tomlkit.parse(file.read_text()) if file.exists() else tomlkit.document())

    def get(self, name: str, default: str = "") -> str:
        """One of `SETTINGS`."""
        return self._parameter(SECTION, name) or default

    def change(self, given: dict[str, str]) -> None:
        """Takes what was given; an empty value takes a setting back."""
        kept = self.document
        for name in (self.environment, SECTION, "parameters"):
            kept = kept.setdefault(name, tomlkit.table())
        kept.update({name: value for name, value in given.items() if value})
        for name in [name for name, value in given.items() if not value]:
            kept.pop(name, None)

    def check(self) -> None:
        """Fails at what the shop could not use, or nobody should see."""
        if not self.get("brand_name"):
            raise Failed("The shop has no name yet: make deploy-web ARGS=\"--brand-name 'Our School'\"")
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.get("brand_color", "#3d4eac")):
            raise Failed("brand_color is not of the form #rrggbb.")
        # The value is not shown: it may be the secret key.
        if not re.fullmatch("(pk_(test|live)_[A-Za-z0-9]+)?", self.get("stripe_publishable_key")):
            raise Failed("stripe_publishable_key does not begin with pk_test_ or pk_live_. Everybody can read it in config.json.")
        if not re.fullmatch("(https://[^/ ]+)?", self.get("api_url")):
            raise Failed("api_url is not of the form https://api.school.example.")

    def save(self) -> None:
        """Keeps them."""
        self.file.write_text(tomlkit.dumps(self.document))

    def api_stack(self) -> str:
        """The stack that `make deploy` deploys, or another one."""
        deployed = self._parameter("deploy", "stack_name") or self._parameter("global", "stack_name")
        name = self.get("api_stack", deployed)
        if not name:
            raise Failed(f"{self.file.name} names no stack of the API for {self.environment}: --api-stack")
        return name

    def region(self) -> str | None:
        """The region that `make deploy` deploys to, if it was kept. The environment's otherwise."""
        return self._parameter("deploy", "region") or self._parameter("global", "region") or None

    def _parameter(self, section: str, name: str) -> str:
        found: Any = self.document
        for part in (self.environment, section, "parameters"):
            found = found.get(part, {})
        return str(found.get(name, ""))
