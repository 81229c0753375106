// Shows that a stranger buys a course by every way to pay, and that what was paid for is open, and no longer when it was refunded.

import {
  callStripe,
  chooseLearner,
  expect,
  payByBankDebit,
  payByCard,
  paymentsOf,
  signIn,
  test,
  type Stack,
  toBuy,
} from "./shop.ts";
import type { Page } from "@playwright/test";

const COURSE = "Vector Search in Practice";

/** From the first page to the payment page. */
async function goToPayment(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await chooseLearner(page);
  await expect(page.getByText("Test mode")).toBeVisible();
}

async function expectOpen(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/courses\/vector-search$/);
  await expect(page.getByText("Thank you! The course is open.")).toBeVisible();
  await page.getByRole("link", { name: "A golden set in an hour" }).click();
  await expect(page.getByText("This is where your school shows the lesson.")).toBeVisible();
}

async function refundEverything(stack: Stack): Promise<void> {
  for (const { id } of await paymentsOf(stack)) await callStripe(stack, "/v1/refunds", { payment_intent: id });
}

test("a stranger presses Buy, signs in, pays by card, and the course opens by itself", async ({ page }) => {
  await goToPayment(page);
  await payByCard(page);
  await expectOpen(page);
});

test("a payment that needs 3-D Secure is confirmed, and the course opens", async ({ page }) => {
  await goToPayment(page);
  await payByCard(page, "4000 0025 0000 3155");
  await page.getByRole("button", { name: "Complete authentication" }).click();
  await expectOpen(page);
});

test("a card that is declined is followed by one that pays", async ({ page }) => {
  await goToPayment(page);
  await payByCard(page, "4000 0000 0000 0002");
  await expect(page.getByRole("alert")).toContainText("declined");
  await payByCard(page);
  await expectOpen(page);
});

test("a bank debit is on its way at first, and opens the course when it arrives", async ({ page, stack }) => {
  await goToPayment(page);
  await payByBankDebit(page);
  await expect(page.getByText("A bank debit takes a few days")).toBeVisible();
  // The page can be visited again, and says the same.
  await page.reload();
  await expect(page.getByText("A bank debit takes a few days")).toBeVisible();
  await page.getByRole("link", { name: "To the courses" }).click();
  await expect(page.getByRole("article", { name: COURSE }).getByText("Payment on its way")).toBeVisible();
  await expect(page.getByRole("button", { name: toBuy(COURSE) })).toHaveCount(0);

  const [payment] = await paymentsOf(stack);
  const settled = await fetch(`${stack.stripe}/_stand_in/bank_debits/${payment?.id ?? ""}/succeed`, { method: "POST" });
  expect(settled.ok).toBe(true);
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("article", { name: COURSE }).getByText("Open", { exact: true })).toBeVisible({
      timeout: 1_000,
    });
  }).toPass();
});

test("who leaves the payment page is charged nothing, and comes back to where they were", async ({ page }) => {
  await goToPayment(page);
  await page.getByRole("link", { name: "Back" }).click();
  await expect(page.getByRole("heading", { name: "Nothing was charged" })).toBeVisible();
  await page.reload();
  await page.getByRole("link", { name: "Back to where you were" }).click();
  await expect(page.getByRole("article", { name: COURSE }).getByText("Locked")).toBeVisible();
});

test("what was bought in another tab is not sold again", async ({ page, context, stack }) => {
  await page.goto("/courses/vector-search");
  await signIn(page);
  await expect(page.getByRole("button", { name: toBuy(COURSE) })).toBeVisible();

  const other = await context.newPage();
  await other.goto(stack.shop);
  await other.getByRole("button", { name: toBuy(COURSE) }).click();
  await chooseLearner(other);
  await payByCard(other);
  await expectOpen(other);

  // This tab does not know it yet.
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await expect(page.getByRole("link", { name: "Start learning" })).toBeVisible();
});

test("a refund closes the open page at the next look", async ({ page, stack }) => {
  await goToPayment(page);
  await payByCard(page);
  await expectOpen(page);
  await refundEverything(stack);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText("Your payment was refunded. You can buy it again.")).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(page.getByRole("button", { name: toBuy(COURSE) })).toBeVisible();
});

test("the page after a payment survives a second visit, and knows a payment that is not the learner's", async ({
  page,
}) => {
  await goToPayment(page);
  await payByCard(page);
  await expectOpen(page);
  await page.goto("/checkout/success?session_id=cs_of_somebody_else&product=vector-search");
  await expect(page.getByText("There is no such payment for this account.")).toBeVisible();
});
