"""What the shop has to know of the API's stack."""

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from e2e_aws.processes import Failed

from .settings import Settings

TIMEOUT_SECONDS = 20


@dataclass
class ApiStack:
    """A deployed stack of the root's template.yaml."""

    name: str
    outputs: dict[str, str]
    parameters: dict[str, str]

    @classmethod
    def read(cls, cloudformation: Any, name: str) -> "ApiStack":
        """Asks AWS."""
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        parameters = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
        if "ApiUrl" not in outputs:
            raise Failed(f"{name} is not a stack of template.yaml: it has no output ApiUrl. --api-stack names another one.")
        return cls(name, outputs, parameters)

    @property
    def app_origins(self) -> list[str]:
        """Whose pages may call the API."""
        return self.parameters.get("AppOrigins", "").split(",")

    def config_document(self, settings: Settings) -> dict[str, Any]:
        """`config.json`, as web/src/config.ts reads it."""
        return {
            "api_url": settings.get("api_url", self.outputs["ApiUrl"]),
            "issuer": self.outputs["JwtIssuer"],
            "client_id": self._client_id(settings),
            "brand": {"name": settings.get("brand_name"), "color": settings.get("brand_color", "#3d4eac")},
            "stripe_publishable_key": self._publishable_key(settings),
            "practice_meter": settings.get("practice_meter") or None,
        }

    def token_origin(self) -> str:
        """The origin of the issuer's token endpoint."""
        if "SignInUrl" in self.outputs:
            return self.outputs["SignInUrl"]
        if not self.parameters.get("JwtIssuer"):
            raise Failed("The user pool has no pages to sign in on. Answer SignInDomain: make deploy ARGS=--guided")
        # https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
        url = self.outputs["JwtIssuer"].rstrip("/") + "/.well-known/openid-configuration"
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
                return origin(json.load(answer)["token_endpoint"])
        except (OSError, ValueError, KeyError) as error:
            raise Failed(f"{url} does not say where the issuer's token endpoint is: {error}") from error

    def _client_id(self, settings: Settings) -> str:
        audiences = self.outputs["JwtAudience"].split(",")
        client = settings.get("client_id")
        if client and client not in audiences:
            raise Failed(f"client_id {client} is not in JwtAudience, so the API would refuse its tokens.")
        if not client and len(audiences) > 1:
            raise Failed(f"JwtAudience has several. Which one is the shop? --client-id {' or '.join(audiences)}")
        return client or audiences[0]

    def _publishable_key(self, settings: Settings) -> str | None:
        key = settings.get("stripe_publishable_key")
        mode = "test" if self.parameters.get("StripeTestMode", "true") == "true" else "live"
        if key and not key.startswith(f"pk_{mode}_"):
            raise Failed(f"{self.name} is in {mode} mode, and stripe_publishable_key is not.")
        return key or None


def origin(url: str) -> str:
    """`https://host` of a URL."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
