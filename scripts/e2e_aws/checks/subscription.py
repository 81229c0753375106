"""Plans: what is paid for by the month opens its courses and raises limits, and ends."""

from ..check_context import CheckContext
from ..report import check, expect

COURSE = "fine-tuning"


def run(context: CheckContext) -> None:
    """Katherine tries the free plan's limit, subscribes, and cancels."""
    katherine = context.stand_in.token("katherine@example.com")
    with check("the free plan has limits, and counting goes up to them"):
        used = context.post("/usage/ai_minutes", {"quantity": 30}, katherine).expect(200)
        expect((used["used"], used["limit"]), (30, 30), "used and limit")
        refused = context.post("/usage/ai_minutes", {"quantity": 1}, katherine).expect(429)
        expect(refused["code"], "limit_reached", "the code")
    with check("a plan is paid, opens its courses, and raises the limit"):
        checkout = context.checkout(katherine, {"plan_id": "premium", "trial_days": 0})
        expect(context.stand_in.pay(checkout).status, 303, "the payment page's status")
        context.wait_for_reason(katherine, COURSE, (True, "subscribed"))
        expect(context.get("/usage", katherine).expect(200)["meters"]["ai_minutes"]["limit"], 300, "the limit")
    with check("canceled at Stripe, it closes them"):
        context.stand_in.cancel(context.last_subscription())
        context.wait_for_reason(katherine, COURSE, (False, "subscription_ended"))
