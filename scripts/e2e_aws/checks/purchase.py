"""The main job: pay, and the course opens; take the money back, and it closes."""

from ..report import check, expect, expect_part
from ..world import World

COURSE = "vector-search"


def run(world: World) -> None:
    """Ada buys a course and gets her money back."""
    ada = world.stand_in.token("ada@example.com")
    with check("a checkout opens a payment page, and asking again answers the same one"):
        checkout = world.checkout(ada, {"course_id": COURSE})
        again = world.post("/checkout/sessions", {"course_id": COURSE}, ada).expect(200)
        expect(again["session_id"], checkout.session, "the session")
    with check("the course is closed before the payment"):
        expect(world.reason(ada, COURSE), (False, "not_purchased"), "the access")
    with check("paying opens the course, by Stripe's own delivery to the function URL"):
        expect(world.stand_in.pay(checkout).status, 303, "the payment page's status")
        world.wait_for_reason(ada, COURSE, (True, "purchased"))
    with check("the return page says so"):
        wanted = {"status": "complete", "payment_status": "paid", "fulfilled": True}
        expect_part(world.get(f"/checkout/sessions/{checkout.session}", ada).expect(200), wanted, "the session")
    with check("what was bought is in the list of entitlements"):
        items = world.get("/entitlements", ada).expect(200)["items"]
        expect([item["product"] for item in items if item["has_access"]], [COURSE], "the open products")
    with check("buying it again is a 409"):
        answer = world.post("/checkout/sessions", {"course_id": COURSE}, ada).expect(409)
        expect(answer["code"], "already_owned", "the code")
    with check("somebody else sees neither the course nor the session"):
        grace = world.stand_in.token("grace@example.com")
        expect(world.reason(grace, COURSE), (False, "not_purchased"), "the access")
        expect_part(world.get(f"/checkout/sessions/{checkout.session}", grace).expect(404), {"code": "not_found"}, "it")
    with check("a refund closes the course"):
        world.stand_in.call("/v1/refunds", payment_intent=world.stand_in.payment(checkout))
        world.wait_for_reason(ada, COURSE, (False, "refunded"))
    with check("while no webhook arrives, the return page opens the course"):
        with world.stand_in.silent(world.webhook):
            late = world.checkout(grace, {"course_id": COURSE})
            expect(world.stand_in.pay(late).status, 303, "the payment page's status")
            expect(world.reason(grace, COURSE), (False, "not_purchased"), "the access before")
            expect_part(world.get(f"/checkout/sessions/{late.session}", grace).expect(200), wanted, "the session")
            expect(world.reason(grace, COURSE), (True, "purchased"), "the access after")
    with check("and nothing waits in the error queue"):
        expect(world.error_queue(), {}, "the queue")
