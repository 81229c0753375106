"""The emulator with what it lacks of IAM: DynamoDB's condition keys `dynamodb:LeadingKeys` and `dynamodb:Attributes`.

It knows the operators of conditions, but not these keys of a request, and a key that is absent forbids nothing. They are found
here as AWS documents them, for each operation of a transaction on its own:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import contextvars
import json
import re
from collections.abc import Iterator
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator

PARTITION_KEYS = ("PK", "operator_list")
WORD = re.compile(r"[#:]?\w+")
# What may stand in an expression beside attributes and values.
KEYWORDS = {
    "ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET",
    "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "if_not_exists", "list_append",
    "size",
}  # fmt: skip

Item = dict[str, Any]
_operation: contextvars.ContextVar[Item | None] = contextvars.ContextVar("operation", default=None)


def context(operation: Item) -> Item:
    """The condition keys of one operation, or of a request that is one."""
    items = [operation[name] for name in ("Item", "Key") if name in operation]
    for table in operation.get("RequestItems", {}).values():
        items += table.get("Keys", []) if isinstance(table, dict) else []
    names, values = operation.get("ExpressionAttributeNames", {}), operation.get("ExpressionAttributeValues", {})
    attributes = {name for item in items for name in item}
    leading = {value for item in items for name in PARTITION_KEYS for value in item.get(name, {}).values()}
    for part in ("ConditionExpression", "FilterExpression", "ProjectionExpression", "UpdateExpression"):
        attributes |= _attributes(operation.get(part, ""), names)
    query = operation.get("KeyConditionExpression", "")
    attributes |= _attributes(query, names)
    for name, value in re.findall(r"(#?\w+)\s*=\s*(:\w+)", query):
        if names.get(name, name) in PARTITION_KEYS:
            leading |= set(values[value].values())
    found = {"dynamodb:Attributes": sorted(attributes), "dynamodb:LeadingKeys": sorted(leading)}
    return {key: kept for key, kept in found.items() if kept}


def _attributes(expression: str, names: dict[str, str]) -> set[str]:
    words = [word for word in WORD.findall(expression) if not word.startswith(":") and word not in KEYWORDS]
    return {names.get(word, word) for word in words if not word.isdigit()}


class _Checks(list):
    """The checks of a transaction; who goes through them is at the operation that is checked."""

    def __init__(self, checks: list[tuple[str, str]], operations: list[Item]) -> None:
        super().__init__(checks)
        self.operations = operations

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for check, operation in zip(super().__iter__(), self.operations, strict=True):
            _operation.set(operation)
            yield check
        _operation.set(None)


def _install() -> None:
    of_request, of_transaction = iam_actions.dynamodb_service_context, iam_actions.dynamodb_transaction_checks
    enforce = iam_evaluator.enforce

    def request_context(body: bytes) -> Item:
        _operation.set(None)
        return of_request(body) | context(json.loads(body or b"{}"))

    def transaction_checks(action: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
        checks = of_transaction(action, body, region, account)
        items = json.loads(body or b"{}").get("TransactItems", []) if checks else []
        return _Checks(checks, [operation for item in items for operation in item.values()])

    def enforce_operation(*arguments: Any, **named: Any) -> Any:
        operation = _operation.get()
        if operation is not None:
            named["service_context"] = named["service_context"] | context(operation)
        return enforce(*arguments, **named)

    iam_actions.dynamodb_service_context = request_context
    iam_actions.dynamodb_transaction_checks = transaction_checks
    iam_evaluator.enforce = enforce_operation


if __name__ == "__main__":
    _install()
    app.main()
