"""The proof of the roles can fail: without one permission the function that needs it does, and no other; and who may
neither grant nor read the error queue is refused, until a condition is taken away."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ..check_context import CheckContext
from ..deployment import Template
from ..report import check, expect, expect_part

TAKEN = "dynamodb:UpdateItem"
# The functions that learners call.
FOR_LEARNERS = ("Billing", "Checkout", "Courses", "Entitlements")
MALLORY = {"S": "USER#mallory"}
GRANT = {
    "PK": MALLORY,
    "SK": {"S": "ACCESS#GRANT#mine"},
    "id": {"S": "mine"},
    "scope": {"M": {"kind": {"S": "everything"}}},
    "granted_by": {"S": "nobody"},
    "reason": {"S": ""},
    "since": {"S": "2026-01-01T00:00:00Z"},
    "version": {"N": "1"},
}
SLOT = {"PK": MALLORY, "SK": {"S": "ACCESS_CHECKOUT#none"}, "state": {"S": "closed"}, "generation": {"N": "1"}}
COUNTER = {"PK": MALLORY, "SK": {"S": "ACCESS_USAGE#none#2026-01"}, "used": {"N": "1"}, "expires_at": {"N": "1"}}


def run(context: CheckContext) -> None:
    """Deploys copies of the template: one whose roles can be tried from here, one with less, and one with more."""
    template = context.deployment.runnable_template()
    for function in FOR_LEARNERS:
        _let_us_try(template, f"{function}Role")
    context.deployment.deploy(template)
    _nobody_grants(context)

    _take(template, "CheckoutRole", TAKEN)
    grace = context.stand_in.token("grace@example.com")
    with check("with its permissions the checkout opens a payment page"):
        context.checkout(grace, {"course_id": "fine-tuning"})
    context.deployment.deploy(template)
    with check(f"without {TAKEN} it does not, and says why in its log only"):
        problem = context.post("/checkout/sessions", {"course_id": "ai-in-4-weekends"}, grace).expect(503)
        expect_part(problem, {"code": "store_unavailable"}, "the problem")
        expect("AccessDenied" in str(problem), False, "the client sees it")
        causes = [line for line in context.deployment.logs("checkout") if "AccessDenied" in line and TAKEN in line]
        expect(bool(causes), True, "the log names the missing permission")
    with check("and the other functions go on"):
        expect(context.reason(grace, "fine-tuning"), (False, "not_purchased"), "the access")


def _nobody_grants(context: CheckContext) -> None:
    for function in FOR_LEARNERS:
        table = _Table(context, f"{function}Role")
        with check(f"{function.lower()} can neither grant nor read the error queue"):
            for name, attempt in table.forbidden().items():
                expect(_is_denied(attempt), True, name)
    with check("though each of them can do its work"):
        for function in FOR_LEARNERS:
            expect(_is_denied(_Table(context, f"{function}Role").facts), False, f"{function} reads facts")
        expect(_is_denied(lambda: _Table(context, "EntitlementsRole").put(COUNTER)), False, "a counter")
        for function in ("Billing", "Checkout"):
            table = _Table(context, f"{function}Role")
            expect(_is_denied(lambda table=table: table.put(SLOT)), False, f"a slot of {function}")
    with check("and without its conditions the checkout could grant"):
        template = context.deployment.runnable_template()
        _let_us_try(template, "CheckoutRole")
        for statement in _statements(template, "CheckoutRole"):
            statement.pop("Condition", None)
        statements = template["Resources"]["CheckoutRole"]["Properties"]["Policies"][0]["PolicyDocument"]
        statements["Statement"] = [kept for kept in statements["Statement"] if kept["Effect"] == "Allow"]
        context.deployment.deploy(template)
        table = _Table(context, "CheckoutRole")
        expect(_is_denied(table.forbidden()["PutItem of a grant"]), False, "a grant")
        expect(context.reason(context.stand_in.forged(), "fine-tuning"), (True, "granted"), "mallory's access")


class _Table:
    """The table, as a role may use it."""

    def __init__(self, context: CheckContext, role: str) -> None:
        self.name = context.deployment.outputs()["TableName"]
        self.dynamodb = context.deployment.client_as(role, "dynamodb")

    def put(self, item: dict[str, Any]) -> Any:
        return self.dynamodb.put_item(TableName=self.name, Item=item)

    def query(self, partition: str, **more: Any) -> Any:
        name = "operator_list" if more else "PK"
        condition = {"KeyConditionExpression": f"{name} = :of", "ExpressionAttributeValues": {":of": {"S": partition}}}
        return self.dynamodb.query(TableName=self.name, **condition, **more)

    def facts(self) -> Any:
        return self.query(MALLORY["S"])

    def forbidden(self) -> dict[str, Callable[[], Any]]:
        """What would open a course without payment, or show what failed."""
        key = {name: GRANT[name] for name in ("PK", "SK")}
        update = {"TableName": self.name, "Key": key, "ExpressionAttributeValues": {":new": GRANT["scope"]}}
        update["UpdateExpression"] = "SET #scope = :new"
        update["ExpressionAttributeNames"] = {"#scope": "scope"}
        longer = {"TableName": self.name, "Key": key, "UpdateExpression": "REMOVE #until"}
        longer["ExpressionAttributeNames"] = {"#until": "until"}
        put = {"TableName": self.name, "Item": GRANT}
        dynamodb = self.dynamodb
        return {
            "PutItem of a grant": lambda: self.put(GRANT),
            "Put in a transaction": lambda: dynamodb.transact_write_items(TransactItems=[{"Put": put}]),
            "UpdateItem of a grant": lambda: dynamodb.update_item(**update),
            "UpdateItem of its end": lambda: dynamodb.update_item(**longer),
            "Update in a transaction": lambda: dynamodb.transact_write_items(TransactItems=[{"Update": update}]),
            "Query of an event": lambda: self.query("EVENT#evt_1"),
            "GetItem of an event": lambda: dynamodb.get_item(
                TableName=self.name, Key={"PK": {"S": "EVENT#evt_1"}, "SK": {"S": "STATE"}}
            ),
            "Query of the error queue": lambda: self.query("FAILED_EVENTS#0", IndexName="operators"),
            "Scan": lambda: dynamodb.scan(TableName=self.name),
        }


def _is_denied(attempt: Callable[[], Any]) -> bool:
    try:
        attempt()
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return True
        raise
    return False


def _statements(template: Template, role: str) -> list[dict[str, Any]]:
    policies = template["Resources"][role]["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _let_us_try(template: Template, role: str) -> None:
    """This account may take the role, too."""
    trust = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trust.append({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})


def _take(template: Template, role: str, action: str) -> None:
    """Removes an action from what a role allows."""
    found = 0
    for statement in _statements(template, role):
        if statement["Effect"] == "Allow" and action in statement["Action"]:
            statement["Action"].remove(action)
            found += 1
    expect(found, 1, f"statements of {role} with {action}")
