"""The packaged template as plain CloudFormation that the emulator understands. For the emulator only: AWS gets the SAM template.

SAM's own translator does the work. What remains is what the emulator lacks: it ignores the OpenAPI document that SAM makes of
an HTTP API, and knows neither alarms on expressions nor rules about parameters, nor the style of sign-in pages.
"""

import copy
import logging
from typing import Any

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

Template = dict[str, Any]

# It counts its own use, and warns that nobody collects the numbers.
logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)

INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"


class _NoManagedPolicies:
    """The template names none by its short name."""

    def load(self) -> dict[str, str]:
        return {}


def expand(text: str, parameters: dict[str, str]) -> Template:
    """The template for the emulator; `parameters` are those that it will be deployed with."""
    template = transform(copy.deepcopy(yaml_parse(text)), parameters, _NoManagedPolicies())
    template.pop("Rules", None)
    resources = template["Resources"]
    for name, resource in list(resources.items()):
        is_alarm = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
        if is_alarm or resource["Type"] == "AWS::Cognito::ManagedLoginBranding":
            del resources[name]
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            _spell_out(resources, name)
    return template


def widen(template: Template, action: str) -> None:
    """Statements about this one action hold for every resource."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"]["Policies"]:
                for statement in policy["PolicyDocument"]["Statement"]:
                    if statement["Action"] == action:
                        statement["Resource"] = "*"


def _spell_out(resources: Template, api: str) -> None:
    """Routes, integrations, authorizers and CORS of an API's OpenAPI document as resources and properties."""
    properties = resources[api]["Properties"]
    document = properties.pop("Body")
    properties.pop("FailOnWarnings", None)
    properties |= {"Name": document["info"]["title"], "ProtocolType": "HTTP"}
    properties["CorsConfiguration"] = document["x-amazon-apigateway-cors"]
    schemes = document["components"]["securitySchemes"]
    for name, scheme in schemes.items():
        resources[f"{api}{name}"] = _authorizer(api, name, scheme[AUTHORIZER])
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            number = sum(resource["Type"] == "AWS::ApiGatewayV2::Route" for resource in resources.values())
            integration, route = f"{api}Integration{number}", f"{api}Route{number}"
            resources[integration] = _integration(api, operation[INTEGRATION])
            resources[route] = _route(api, f"{method.upper()} {path}", integration)
            signed_in = [name for needed in operation["security"] for name in needed if name in schemes]
            if signed_in:
                authorizer = {"Ref": f"{api}{signed_in[0]}"}
                resources[route]["Properties"] |= {"AuthorizationType": "JWT", "AuthorizerId": authorizer}


def _authorizer(api: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
    jwt = given["jwtConfiguration"]
    properties = {
        "ApiId": {"Ref": api},
        "Name": name,
        "AuthorizerType": "JWT",
        "IdentitySource": [given["identitySource"]],
        "JwtConfiguration": {"Issuer": jwt["issuer"], "Audience": jwt["audience"]},
    }
    return {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": properties}


def _integration(api: str, given: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "ApiId": {"Ref": api},
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": given["uri"],
        "PayloadFormatVersion": given["payloadFormatVersion"],
    }
    return {"Type": "AWS::ApiGatewayV2::Integration", "Properties": properties}


def _route(api: str, key: str, integration: str) -> dict[str, Any]:
    target = {"Fn::Sub": f"integrations/${{{integration}}}"}
    return {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": api}, "RouteKey": key, "Target": target}}
