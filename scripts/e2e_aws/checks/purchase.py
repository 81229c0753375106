"""The main job: pay, and the course opens; take the money back, and it closes."""

from ..check_context import CheckContext
from ..report import check, expect, expect_part

COURSE = "vector-search"


def run(context: CheckContext) -> None:
    """Ada buys a course and gets her money back."""
    ada = context.stand_in.token("ada@example.com")
    with check("a checkout opens a payment page, and asking again answers the same one"):
        checkout = context.checkout(ada, {"course_id": COURSE})
        again = context.post("/checkout/sessions", {"course_id": COURSE}, ada).expect(200)
        expect(again["session_id"], checkout.session, "the session")
    with check("the course is closed before the payment"):
        expect(context.reason(ada, COURSE), (False, "not_purchased"), "the access")
    with check("paying opens the course, by Stripe's own delivery to the function URL"):
        expect(context.stand_in.pay(checkout).status, 303, "the payment page's status")
        context.wait_for_reason(ada, COURSE, (True, "purchased"))
    with check("the return page says so"):
        wanted = {"status": "complete", "payment_status": "paid", "fulfilled": True}
        expect_part(context.get(f"/checkout/sessions/{checkout.session}", ada).expect(200), wanted, "the session")
    with check("what was bought is in the list of entitlements"):
        items = context.get("/entitlements", ada).expect(200)["items"]
        expect([item["product"] for item in items if item["has_access"]], [COURSE], "the open products")
    with check("buying it again is a 409"):
        answer = context.post("/checkout/sessions", {"course_id": COURSE}, ada).expect(409)
        expect(answer["code"], "already_owned", "the code")
    with check("somebody else sees neither the course nor the session"):
        grace = context.stand_in.token("grace@example.com")
        expect(context.reason(grace, COURSE), (False, "not_purchased"), "the access")
        expect_part(context.get(f"/checkout/sessions/{checkout.session}", grace).expect(404), {"code": "not_found"}, "it")
    with check("a refund closes the course"):
        context.stand_in.call("/v1/refunds", payment_intent=context.stand_in.payment(checkout))
        context.wait_for_reason(ada, COURSE, (False, "refunded"))
    with check("while no webhook arrives, the return page opens the course"):
        with context.stand_in.silent(context.webhook):
            late = context.checkout(grace, {"course_id": COURSE})
            expect(context.stand_in.pay(late).status, 303, "the payment page's status")
            expect(context.reason(grace, COURSE), (False, "not_purchased"), "the access before")
            expect_part(context.get(f"/checkout/sessions/{late.session}", grace).expect(200), wanted, "the session")
            expect(context.reason(grace, COURSE), (True, "purchased"), "the access after")
    with check("and nothing waits in the error queue"):
        expect(context.error_queue(), {}, "the queue")
