"""`sam local start-api` that checks learners' tokens, as API Gateway does.

SAM knows no JWT authorizers: it would hand every request on without claims. Here the token is checked against the issuer's
keys, and its claims are put where API Gateway puts them:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
import os
import sys
import urllib.request
from typing import Any

import jwt
from flask import Response, g, request
from e2e_aws.processes import ROOT
from samcli.cli.main import cli
from samcli.local.apigw.local_apigw_service import LocalApigwService
from samcli.yamlhelper import yaml_parse

ISSUER = os.environ["JWT_ISSUER"]
AUDIENCE = os.environ["JWT_AUDIENCE"]


def claims_of(authorization: str, keys: jwt.PyJWKClient) -> dict[str, str]:
    """The claims of a bearer token, as texts. Raises `jwt.PyJWTError` when it is not to be trusted."""
    token = authorization.removeprefix("Bearer ").strip()
    key = keys.get_signing_key_from_jwt(token)
    options = {"require": ["exp"], "verify_aud": False}
    claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options=options)
    audience = claims.get("aud", claims.get("client_id"))
    if AUDIENCE not in (audience if isinstance(audience, list) else [audience]):
        raise jwt.InvalidAudienceError(f"the token is for {audience}")
    return {name: _text(value) for name, value in claims.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{' '.join(map(_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def public_routes() -> set[tuple[str, str]]:
    """Method and path of the template's routes that need no token."""
    resources = yaml_parse((ROOT / "template.yaml").read_text())["Resources"].values()
    events = [event for resource in resources for event in resource["Properties"].get("Events", {}).values()]
    routes = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
    return {(route["Method"], route["Path"]) for route in routes if route.get("Auth", {}).get("Authorizer") == "NONE"}


def _install() -> None:
    public = public_routes()
    with urllib.request.urlopen(f"{ISSUER}/.well-known/openid-configuration", timeout=10) as discovered:
        keys = jwt.PyJWKClient(json.load(discovered)["jwks_uri"])
    handle, event_of = LocalApigwService._request_handler, LocalApigwService._generate_lambda_event

    def handle_signed_in(service: LocalApigwService, **arguments: Any) -> Response:
        route = service._get_current_route(request)
        g.claims = None
        if request.method != "OPTIONS" and (request.method, route.path) not in public:
            try:
                g.claims = claims_of(request.headers.get("authorization", ""), keys)
            except jwt.PyJWTError:
                body = json.dumps({"message": "Unauthorized"})
                return Response(body, status=401, headers={"content-type": "application/json", "www-authenticate": "Bearer"})
        return handle(service, **arguments)

    def event_with_claims(*arguments: Any, **named: Any) -> dict[str, Any]:
        event = event_of(*arguments, **named)
        if g.claims is not None:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": g.claims, "scopes": None}}
        return event

    LocalApigwService._request_handler = handle_signed_in
    LocalApigwService._generate_lambda_event = event_with_claims


if __name__ == "__main__":
    _install()
    sys.argv[0] = "sam"
    cli()
