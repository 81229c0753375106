// Shows that a learner asks for money back, that an operator decides with everything beside it, and that the course closes.

import type { Page } from "@playwright/test";

import { chooseLearner, expect, expectAccessible, payByCard, paymentsOf, signIn, test, toBuy } from "./shop.ts";

const COURSE = "Vector Search in Practice";

/** Buys the course, and waits until it is open. */
async function buy(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await chooseLearner(page);
  await payByCard(page);
  await expect(page.getByText("Thank you! The course is open.")).toBeVisible();
}

/** Asks for the money back, in the account. */
async function askForRefund(page: Page, reason: string): Promise<void> {
  await page.goto("/account");
  await page.getByRole("button", { name: `Ask for a refund: ${COURSE}` }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Why do you want your money back?")).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type(reason);
  await dialog.getByRole("button", { name: "Send the request" }).click();
  await expect(page.getByText("We are looking at it.")).toBeVisible();
}

/** On a phone, only the account has it. */
async function signOut(page: Page): Promise<void> {
  await page.goto("/account");
  await page.getByRole("main").getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("banner").getByRole("button", { name: "Sign in" })).toBeVisible();
}

/** Signs out, and in again as an operator, and opens the only request. */
async function openRequestAsOperator(page: Page): Promise<void> {
  await signOut(page);
  await page.goto("/admin");
  await page.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "olga@example.com, an operator" }).click();
  await page.getByRole("link", { name: COURSE }).click();
  await expect(page.getByRole("region", { name: "The request" })).toContainText("ada@example.com");
}

async function signInAgainAsLearner(page: Page): Promise<void> {
  await signOut(page);
  await page.goto("/");
  await signIn(page);
  await page.goto("/account");
}

/** Repeats a look at the page until what an event of Stripe changes is there. */
async function expectSoon(page: Page, text: string): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(text)).toBeVisible({ timeout: 2_000 });
  }).toPass();
}

for (const [device, viewport] of [
  ["a phone", { width: 320, height: 640 }],
  ["a desk", { width: 1920, height: 1080 }],
] as const) {
  test.describe(`on ${device}`, () => {
    test.use({ viewport, colorScheme: device === "a phone" ? "dark" : "light" });

    test("a part is refunded, then the rest, and the course closes", async ({ page, stack }) => {
      test.slow();
      await buy(page);
      await page.goto("/account");
      await page.getByText(`Details of ${COURSE}`).click();
      await expect(page.getByText("Paid with visa, ending in 4242.")).toBeVisible();
      await expectAccessible(page);
      await askForRefund(page, "I bought it twice.");
      await expect(page.getByRole("button", { name: "Withdraw the request" })).toBeVisible();
      await expectAccessible(page);

      await openRequestAsOperator(page);
      await expectAccessible(page);
      await page.getByLabel("How much goes back, in USD").fill("12.50");
      await page.getByRole("button", { name: "Refund $12.50" }).click();
      await expect(page.getByText(/Approved, on its way|Refunded/).first()).toBeVisible();
      await expectAccessible(page);

      await signInAgainAsLearner(page);
      await expectSoon(page, "Your refund of $12.50 was made");
      await askForRefund(page, "All of it, please.");
      await openRequestAsOperator(page);
      await page.getByRole("button", { name: "Refund $36.50" }).click();
      await expect(page.getByText(/Approved, on its way|Refunded/).first()).toBeVisible();

      await signInAgainAsLearner(page);
      await expectSoon(page, "Your refund of $36.50 was made");
      await page.goto("/");
      await expect(page.getByRole("button", { name: toBuy(COURSE) })).toBeVisible();
      expect(await paymentsOf(stack)).toHaveLength(1);
    });

    test("a request is withdrawn, asked again, and rejected with a note that the learner reads", async ({ page }) => {
      test.slow();
      await buy(page);
      await askForRefund(page, "I have no time.");
      await page.getByRole("button", { name: "Withdraw the request" }).click();
      await askForRefund(page, "I have no time this year.");
      await openRequestAsOperator(page);
      await page.getByLabel("What the learner is told").fill("You have finished most of it.");
      await page.getByRole("button", { name: "Reject" }).click();
      await expect(page.getByText("You have finished most of it.")).toBeVisible();
      await signInAgainAsLearner(page);
      await expect(page.getByText("You have finished most of it.")).toBeVisible();
    });

    test("who is no operator sees no requests", async ({ page }) => {
      await page.goto("/admin");
      await signIn(page);
      await expect(page.getByRole("alert")).toBeVisible();
      await expectAccessible(page);
    });
  });
}
