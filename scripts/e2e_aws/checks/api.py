"""The gateway: what is public, who is turned away, and whose pages may call."""

import time

from ..check_context import CheckContext
from ..client import send
from ..report import check, expect, expect_part

ROUTE = "/courses/vector-search/access"
# What a page of the frontend that is an MCP client sends: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
MCP_HEADERS = ["mcp-method", "mcp-name", "mcp-protocol-version"]


def run(context: CheckContext) -> None:
    """Asks without, with bad and with good tokens."""
    _catalog(context)
    _tokens(context)
    _cors(context)


def _catalog(context: CheckContext) -> None:
    with check("the catalog is public, and has courses with Stripe's prices"):
        catalog = context.get("/catalog").expect(200)
        course = next(course for course in catalog["courses"] if course["id"] == "vector-search")
        expect(course["title"], "Vector Search in Practice", "the course's title")
        amounts = [price["amount"] for product in catalog["products"] for price in product["prices"]]
        expect(4900 in amounts, True, f"4900 is one of {amounts}")
    with check("an unknown route is the gateway's own 404"):
        expect(context.get("/nowhere").expect(404), {"message": "Not Found"}, "the body")
    with check("the webhook is not behind the API"):
        expect(context.post("/", {}).expect(404), {"message": "Not Found"}, "the body")


def _tokens(context: CheckContext) -> None:
    stand_in, hour = context.stand_in, 3600
    now = int(time.time())
    good = stand_in.token("ada@example.com")
    bad = {
        "no token": None,
        "garbage": "garbage",
        "a token whose signature was changed": good[:-8] + ("AAAAAAAA" if good[-8:] != "AAAAAAAA" else "BBBBBBBB"),
        "an expired token": stand_in.forged(iat=now - 2 * hour, exp=now - hour),
        "a token for another audience": stand_in.forged(aud="somebody-else"),
        "a token of another issuer": stand_in.forged(iss="http://127.0.0.1:9"),
    }
    for name, token in bad.items():
        with check(f"{name} is a 401"):
            expect(context.get(ROUTE, token).expect(401), {"message": "Unauthorized"}, "the body")
    with check("a good token is let in, and owns nothing yet"):
        expect(context.reason(good, "vector-search"), (False, "not_purchased"), "the access")
        expect_part(context.get("/entitlements", good).expect(200), {"next_cursor": None}, "the entitlements")


def _cors(context: CheckContext) -> None:
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    with check("a preflight from the frontend is allowed"):
        answer = send("OPTIONS", f"{context.api}/checkout/sessions", headers=preflight | {"origin": context.stand_in.web})
        expect(answer.status // 100, 2, "the status class")
        expect(answer.headers.get("access-control-allow-origin"), context.stand_in.web, "the origin")
        allowed = answer.headers.get("access-control-allow-headers", "").replace(" ", "").lower().split(",")
        expect(sorted(allowed), ["authorization", "content-type", "idempotency-key", *MCP_HEADERS], "the headers")
        methods = answer.headers.get("access-control-allow-methods", "").replace(" ", "").split(",")
        expect(sorted(methods), ["DELETE", "GET", "PATCH", "POST", "PUT"], "the methods")
    with check("a preflight from another page is not"):
        answer = send("OPTIONS", f"{context.api}/checkout/sessions", headers=preflight | {"origin": "https://evil.example"})
        expect(answer.headers.get("access-control-allow-origin"), None, "the origin")
    with check("the frontend may read an answer"):
        answer = send("GET", f"{context.api}/catalog", headers={"origin": context.stand_in.web})
        expect(answer.headers.get("access-control-allow-origin"), context.stand_in.web, "the origin")
