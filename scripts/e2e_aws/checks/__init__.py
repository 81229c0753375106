"""What the deployed stack is asked, in the order in which `all_of` asks it."""

from ..check_context import CheckContext
from . import api, chatgpt, defaults, invocations, mcp, permissions, purchase, start, subscription, web, webhook


def all_of(context: CheckContext) -> None:
    """Every check. Permissions come last: they leave a broken stack behind."""
    print("Checking", flush=True)
    for checks in (start, api, purchase, subscription, webhook, invocations, mcp, defaults, chatgpt, web, permissions):
        checks.run(context)
