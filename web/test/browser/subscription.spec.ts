// Shows that a learner subscribes, changes, cancels and resumes, mends a payment that failed, and always sees first what it costs.

import type { Page } from "@playwright/test";

import { callStripe, chooseLearner, expect, expectAccessible, payByCard, signIn, test, type Stack } from "./shop.ts";

/** From the plans to a subscription whose trial has begun. */
async function startTrial(page: Page): Promise<void> {
  await page.goto("/pricing");
  await page.getByRole("button", { name: "Try Premium" }).click();
  await chooseLearner(page);
  await payByCard(page);
  await expect(page.getByText("Everything is open.")).toBeVisible();
}

/** A subscription to Plus, which has no trial. */
async function subscribeToPlus(page: Page): Promise<void> {
  await page.goto("/pricing");
  await page.getByRole("button", { name: "Subscribe to Plus" }).click();
  await chooseLearner(page);
  await payByCard(page);
  await expect(page.getByText("Everything is open.")).toBeVisible();
}

/** The time goes on until the subscription is renewed. */
async function renew(stack: Stack, action: "renew" | "fail"): Promise<void> {
  const { data } = await callStripe<{ data: { id: string }[] }>(stack, "/v1/subscriptions");
  await callStripe(stack, `/_stand_in/subscriptions/${data[0]?.id ?? ""}/${action}`, {});
}

async function goTo(page: Page, name: "Account" | "Plans"): Promise<void> {
  await page.getByRole("banner").getByRole("link", { name }).click();
}

/** Events are on their way for a moment. */
async function expectAfterReload(page: Page, content: string | RegExp): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(content).first()).toBeVisible({ timeout: 2_000 });
  }).toPass();
}

const plan = (page: Page, name: string) => page.getByRole("article", { name, exact: true });

test("a stranger starts a trial, a renewal fails, and a new card in the portal opens everything again", async ({
  page,
  stack,
}) => {
  test.slow();
  await startTrial(page);
  await goTo(page, "Account");
  await expect(page.getByText("Trial", { exact: true })).toBeVisible();
  await expect(page.getByText("Free until")).toBeVisible();
  await expect(page.getByText(/\$19 on/)).toBeVisible();
  await expectAccessible(page);

  await renew(stack, "fail");
  await expectAfterReload(page, "Payment failed");
  const banner = page.getByRole("alert", { name: "Payment problem" });
  await expect(banner).toContainText("The last payment of your subscription failed.");
  await expectAccessible(page);
  await page.goto("/pricing");
  await expect(page.getByText("You can change your plan once the payment")).toBeVisible();
  await expectAccessible(page);
  await page.goto("/courses/fine-tuning");
  await expect(page.getByText("It opens as soon as it is paid.")).toBeVisible();

  await banner.getByRole("button", { name: "Update the payment method" }).click();
  await page.getByLabel("Card number").fill("4242 4242 4242 4242");
  await page.getByLabel("Expiry").fill("12 / 40");
  await page.getByLabel("CVC").fill("123");
  await page.getByRole("button", { name: "Use this card from now on" }).click();
  await expect(page).toHaveURL(/\/courses\/fine-tuning$/);
  await expect(banner).toContainText("It is tried again on");
  await expect(banner.getByRole("link", { name: "Open the invoice" })).toBeVisible();
  // Stripe charges the new card at its next attempt.
  await callStripe(stack, "/_stand_in/clock/advance", { days: "4" });
  // The event may arrive between the page's two requests.
  await expect(async () => {
    await page.reload();
    await expect(page.getByText("Start learning")).toBeVisible({ timeout: 2_000 });
    await expect(banner).toHaveCount(0, { timeout: 2_000 });
  }).toPass();
});

test("an upgrade names its price before it is charged, and is made for exactly that", async ({ page }) => {
  await startTrial(page);
  await goTo(page, "Plans");
  await expect(plan(page, "Premium").getByText("Your plan")).toBeVisible();
  await plan(page, "Plus").getByRole("button", { name: "Upgrade to Plus" }).click();
  const dialog = page.getByRole("dialog", { name: "Change to Plus" });
  await expect(dialog).toContainText("You pay $39 now, and Plus begins at once. After that it costs $39 a month.");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(plan(page, "Plus").getByRole("button", { name: "Upgrade to Plus" })).toBeFocused();

  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Pay $39 and change" }).click();
  await expect(page.getByText("Done. Your plan is Plus.")).toBeVisible();
  await expect(plan(page, "Plus").getByText("Your plan")).toBeVisible();
  await goTo(page, "Account");
  await expect(page.getByRole("link", { name: /^PDF: / }).first()).toBeVisible();
  await expect(page.getByText("without limit").first()).toBeVisible();
  await expectAccessible(page);
});

test("a downgrade says when it comes, and can be taken back", async ({ page }) => {
  await subscribeToPlus(page);
  await goTo(page, "Plans");
  await plan(page, "Premium").getByRole("button", { name: "Switch to Premium" }).click();
  const dialog = page.getByRole("dialog", { name: "Change to Premium" });
  await expect(dialog).toContainText(/You pay nothing now. You keep Plus until .*; then Premium begins./);
  await dialog.getByRole("button", { name: "Change the plan" }).click();
  await expect(page.getByText(/Done. Premium begins on/)).toBeVisible();
  await expect(page.getByText("Until then you have Plus.")).toBeVisible();
  await expect(plan(page, "Premium").getByText("Your next plan")).toBeVisible();
  await expectAccessible(page);

  await goTo(page, "Account");
  await expect(page.getByText(/Premium begins on .*, paid by the month/)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Keep Plus" }).click();
  await expect(page.getByText("Until then you have Plus.")).toHaveCount(0);
  await expect(page.getByText(/\$39 on/)).toBeVisible();
});

test("a card that is declined changes nothing, and the invoice can be paid", async ({ page }) => {
  await page.goto("/pricing");
  await page.getByRole("button", { name: "Try Premium" }).click();
  await chooseLearner(page);
  await payByCard(page, "4000 0000 0000 0341");
  await expect(page.getByText("Everything is open.")).toBeVisible();
  await page.goto("/pricing");
  await page.getByRole("button", { name: "Upgrade to Plus" }).click();
  await page.getByRole("button", { name: "Pay $39 and change" }).click();
  const notice = page.getByRole("dialog").getByRole("alert");
  await expect(notice).toContainText("Your card was not charged, and your plan stays as it is.");
  await expectAccessible(page);
  await expect(notice.getByRole("link", { name: "Open the invoice" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(plan(page, "Premium").getByText("Your plan")).toBeVisible();
});

test("who cancels keeps everything until the end of the period, and can change their mind", async ({ page }) => {
  await subscribeToPlus(page);
  await goTo(page, "Account");
  await page.getByRole("button", { name: "Cancel the subscription" }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel Plus?" });
  await expect(dialog).toContainText(/Everything stays open until .*, and nothing more is charged./);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Cancel now" }).click();
  await expect(page.getByText("Open until", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Keep Plus" }).click();
  await expect(page.getByText("Next payment")).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel the subscription" })).toBeVisible();
});

test("a trial that was had is not promised again, and nobody is charged unawares", async ({ page, stack }) => {
  await startTrial(page);
  await goTo(page, "Account");
  const { data } = await callStripe<{ data: { id: string }[] }>(stack, "/v1/subscriptions");
  await callStripe(stack, `/_stand_in/subscriptions/${data[0]?.id ?? ""}/cancel`, {});
  await expectAfterReload(page, "Ended");
  await page.getByRole("link", { name: "See the plans" }).click();
  await expect(page.getByRole("button", { name: "Subscribe to Premium" })).toBeVisible();
  await expect(page.getByText(/days are free/)).toHaveCount(0);

  // Signed out, the page cannot know it. The checkout does.
  await page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
  await page.goto("/pricing");
  await expect(page.getByText("The first 7 days are free if you have not had a trial")).toBeVisible();
  await page.getByRole("button", { name: "Try Premium" }).click();
  await chooseLearner(page);
  await expect(page.getByText("You have had a trial before.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Subscribe to Premium" }).click();
  await expect(page.getByText("$19.00").first()).toBeVisible();
});

test("a promotion code that is wrong is said to be, and a right one is on the payment page", async ({
  page,
  stack,
}) => {
  await callStripe(stack, "/v1/coupons", { id: "half", percent_off: "50", duration: "once" });
  await callStripe(stack, "/v1/promotion_codes", {
    "promotion[type]": "coupon",
    "promotion[coupon]": "half",
    code: "SPRING",
  });
  await page.goto("/pricing");
  await signIn(page);
  await page.getByLabel("Promotion code").fill("AUTUMN");
  await page.getByRole("button", { name: "Subscribe to Plus" }).click();
  await expect(page.getByRole("alert")).toContainText("This promotion code does not exist, or does not apply here.");
  await expectAccessible(page);
  await page.getByLabel("Promotion code").fill("SPRING");
  await page.getByRole("button", { name: "Subscribe to Plus" }).click();
  await expect(page.getByText("$19.50").first()).toBeVisible();
});

test("a year is shown with what it saves, and a subscription can be paid by the year", async ({ page }) => {
  await subscribeToPlus(page);
  await goTo(page, "Plans");
  await page.getByText(/^Yearly/).click();
  await expect(plan(page, "Premium")).toContainText("You save $38 a year");
  await plan(page, "Plus").getByRole("button", { name: "Pay by the year" }).click();
  await page.getByRole("button", { name: /^Pay .* and change$/ }).click();
  await expect(page.getByText("Done. Your plan is Plus.")).toBeVisible();
  await goTo(page, "Account");
  await expect(page.getByText("$390 a year")).toBeVisible();
});
