"""The MCP server: what it says of itself, who is let in, and a course that is sold through it."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..check_context import CheckContext
from ..client import Answer, send, send_json, wait_for
from ..processes import ROOT
from ..report import check, expect
from ..stand_in import Checkout

COURSE = "fine-tuning"
WELL_KNOWN = "/.well-known/oauth-protected-resource"


def run(context: CheckContext) -> None:
    """Asks the endpoint as it was deployed, and again behind an address of its own."""
    domain = urlsplit(context.deployment.outputs()["ApiUrl"]).hostname.split(".")[0]
    with check("the MCP server names itself by API Gateway's domain, and the issuer"):
        document = context.get(f"{WELL_KNOWN}/mcp").expect(200)
        expect(urlsplit(document["resource"]).hostname.split(".")[0], domain, "the domain's first label")
        expect(document["authorization_servers"], [context.stand_in.issuer], "the issuer")
    _refusals(context)
    # The emulator's domains are not where the emulator is, so that the function would not find the API.
    context.deployment = replace(
        context.deployment, parameters=context.deployment.parameters | {"ApiBaseUrl": context.api}
    )
    context.deployment.deploy(context.deployment.runnable_template())
    with check("with ApiBaseUrl it names itself by that"):
        wait_for("the new address is used", lambda: context.get(WELL_KNOWN).expect(200)["resource"] == context.api)
    _purchase(context)


def _refusals(context: CheckContext) -> None:
    token = context.stand_in.token("margaret@example.com")
    with check("nobody calls it without a token"):
        for method in ("POST", "GET", "DELETE"):
            send(method, f"{context.api}/mcp").expect(401)
    with check("it has neither streams nor sessions"):
        for method in ("GET", "DELETE"):
            answer = send(method, f"{context.api}/mcp", headers={"authorization": f"Bearer {token}"})
            expect((answer.expect(405)["code"], answer.headers["allow"]), ("method_not_allowed", "POST"), "code and methods")
    with check("pages of other origins are refused"):
        answer = _post(context, token, "ping", {}, {"origin": "https://evil.example"})
        expect(answer.expect(403)["code"], "origin_not_allowed", "the code")


def _purchase(context: CheckContext) -> None:
    token = context.stand_in.token("margaret@example.com")
    with check("an assistant lists the tools"):
        tools = _post(context, token, "tools/list", {}).expect(200)["result"]["tools"]
        written = json.loads((ROOT / "functions/mcp/tools.json").read_text())
        expect([tool["name"] for tool in tools], [entry["tool"]["name"] for entry in written], "the tools")
    with check("an assistant sells a course, and the learner pays"):
        expect(_call(context, token, "check_course_access", {"course_id": COURSE})["has_access"], False, "the access before")
        opened = _call(context, token, "create_checkout_session", {"course_id": COURSE})
        context.stand_in.pay(Checkout(opened["session_id"], opened["checkout_url"])).expect(303)
        asked = {"session_id": opened["session_id"]}
        expect(_call(context, token, "show_checkout_session", asked)["fulfilled"], True, "the checkout")
        expect(_call(context, token, "check_course_access", {"course_id": COURSE})["has_access"], True, "the access after")
    with check("a problem is a result that says so"):
        result = _result(context, token, "create_checkout_session", {"course_id": COURSE})
        expect((result["isError"], result["structuredContent"]["code"]), (True, "already_owned"), "the result")


def _call(context: CheckContext, token: str, tool: str, arguments: dict[str, Any]) -> Any:
    result = _result(context, token, tool, arguments)
    expect(result["isError"], False, f"an error in {result}")
    return result["structuredContent"]


def _result(context: CheckContext, token: str, tool: str, arguments: dict[str, Any]) -> Any:
    return _post(context, token, "tools/call", {"name": tool, "arguments": arguments}).expect(200)["result"]


def _post(
    context: CheckContext, token: str, method: str, params: dict[str, Any], headers: dict[str, str] | None = None
) -> Answer:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return send_json("POST", f"{context.api}/mcp", message, {"authorization": f"Bearer {token}"} | (headers or {}))
