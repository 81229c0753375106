"""The proof of the roles can fail: without one permission the function that needs it does, and no other."""

from ..deployment import Template
from ..report import check, expect, expect_part
from ..world import World

TAKEN = "dynamodb:UpdateItem"


def run(world: World) -> None:
    """Deploys a copy of the template whose checkout may not update items."""
    template = world.deployment.runnable_template()
    _take(template, "CheckoutRole", TAKEN)
    grace = world.stand_in.token("grace@example.com")
    with check("with its permissions the checkout opens a payment page"):
        world.checkout(grace, {"course_id": "fine-tuning"})
    world.deployment.deploy(template)
    with check(f"without {TAKEN} it does not, and says why in its log only"):
        problem = world.post("/checkout/sessions", {"course_id": "ai-in-4-weekends"}, grace).expect(503)
        expect_part(problem, {"code": "store_unavailable"}, "the problem")
        expect("AccessDenied" in str(problem), False, "the client sees it")
        causes = [line for line in world.deployment.logs("checkout") if "AccessDenied" in line and TAKEN in line]
        expect(bool(causes), True, "the log names the missing permission")
    with check("and the other functions go on"):
        expect(world.reason(grace, "fine-tuning"), (False, "not_purchased"), "the access")


def _take(template: Template, role: str, action: str) -> None:
    """Removes an action from a role's statements."""
    found = 0
    for policy in template["Resources"][role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if action in statement["Action"]:
                statement["Action"].remove(action)
                found += 1
    expect(found, 1, f"statements of {role} with {action}")
