// Shows that a learner asks for money back, and that an operator decides with everything beside it. The API's answers are written here.

import type { Page, Route } from "@playwright/test";

import { expect, expectAccessible, signIn, test, type Stack } from "./shop.ts";

const REQUEST = {
  id: "rr_1",
  payment_id: "pi_1",
  status: "open",
  reason: "I bought it twice.",
  created_at: "2026-11-20T12:00:00Z",
  updated_at: "2026-11-20T12:00:00Z",
  approved_amount: null as number | null,
  note: null as string | null,
};

const PAYMENT = {
  id: "pi_1",
  kind: "purchase",
  product: "vector-search",
  amount: 4900,
  currency: "usd",
  status: "paid",
  created_at: "2026-11-19T12:00:00Z",
  refunded_amount: 0,
  refunds: [],
  dispute: null,
  refund_request: null as typeof REQUEST | null,
  refundable: { allowed: true, reason: null as string | null, until: "2026-12-03T12:00:00Z" },
};

/** Payments and requests that are kept in this test. */
async function serveRefunds(page: Page, { api }: Stack): Promise<void> {
  let request: typeof REQUEST | null = null;
  const payment = () => ({
    ...PAYMENT,
    refund_request: request,
    refundable: request ? { ...PAYMENT.refundable, allowed: false, reason: "refund_requested" } : PAYMENT.refundable,
  });
  const forOperators = () => ({
    ...(request ?? REQUEST),
    user_id: "learner",
    kind: "purchase",
    product: "vector-search",
    amount: 4900,
    currency: "usd",
    progress_percent: 33,
    approval: null,
    rejected_by: null,
  });
  const answer = (route: Route, body: unknown, status = 200) => {
    const { origin = "*" } = route.request().headers();
    const headers = { "access-control-allow-origin": origin, "access-control-allow-headers": "*" };
    return route.fulfill({ status, headers: { ...headers, "access-control-allow-methods": "*" }, json: body });
  };
  await page.route(`${api}/billing/payments?*`, (route) => answer(route, { items: [payment()], next_cursor: null }));
  await page.route(`${api}/billing/payments/pi_1`, (route) =>
    answer(route, { ...payment(), receipt_url: "https://pay.stripe.com/r/1", card: { brand: "visa", last4: "4242" } }),
  );
  await page.route(`${api}/billing/payments/pi_1/refund-requests`, (route) => {
    if (route.request().method() === "POST") request = { ...REQUEST, ...(route.request().postDataJSON() as object) };
    return answer(route, request, 201);
  });
  await page.route(`${api}/admin/refund-requests?*`, (route) =>
    answer(route, { items: [forOperators()], next_cursor: null }),
  );
  const access = { has_access: true, because: { reason: "purchased" }, until: null };
  await page.route(`${api}/admin/refund-requests/rr_1`, (route) =>
    answer(route, {
      ...forOperators(),
      email: "ada@example.com",
      payment: payment(),
      courses: [{ course_id: "vector-search", access, percent: 33, has_certificate: false }],
    }),
  );
  await page.route(`${api}/admin/refund-requests/rr_1/approve`, (route) => {
    const { amount = 4900 } = route.request().postDataJSON() as { amount?: number };
    request = { ...REQUEST, status: "approved", approved_amount: amount, updated_at: "2026-11-21T12:00:00Z" };
    return answer(route, forOperators());
  });
}

for (const [device, viewport] of [
  ["a phone", { width: 320, height: 640 }],
  ["a desk", { width: 1920, height: 1080 }],
] as const) {
  test.describe(`on ${device}`, () => {
    test.use({ viewport, colorScheme: device === "a phone" ? "dark" : "light" });

    test("a refund is asked for, decided, and said to be on its way", async ({ page, stack }) => {
      test.slow();
      await serveRefunds(page, stack);
      await page.goto("/account");
      await signIn(page);
      await page.getByText("Details of Vector Search in Practice").click();
      await expect(page.getByText("Paid with visa, ending in 4242.")).toBeVisible();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Ask for a refund of Vector Search in Practice" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByLabel("Why do you want your money back?")).toBeFocused();
      await expectAccessible(page);
      await page.keyboard.type("I bought it twice.");
      await dialog.getByRole("button", { name: "Send the request" }).click();
      await expect(page.getByText("We are looking at it.")).toBeVisible();
      await expect(page.getByRole("button", { name: "Withdraw the request" })).toBeVisible();
      await expectAccessible(page);

      await page.goto("/admin");
      await expect(page.getByText("I bought it twice.")).toBeVisible();
      await expectAccessible(page);
      await page.getByRole("link", { name: "Vector Search in Practice" }).click();
      await expect(page.getByRole("region", { name: "The request" })).toContainText("ada@example.com");
      await expectAccessible(page);
      await page.getByLabel("How much goes back, in USD").fill("12.50");
      await page.getByRole("button", { name: "Refund $12.50" }).click();
      await expect(page.getByText("Approved, on its way").first()).toBeVisible();
      await expectAccessible(page);

      await page.goto("/account");
      await expect(page.getByText("Your refund of $12.50 is on its way.")).toBeVisible();
    });
  });
}
