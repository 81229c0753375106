// Shows that a course is paid on its own page, by every card and by bank debit, and what is said when it is not.

import {
  bankPage,
  beginPayment,
  COURSE,
  expectFields,
  expectOpened,
  fields,
  fillCard,
  payButton,
  payOnPage,
} from "./paymentOnPage.ts";
import { callStripe, chooseLearner, expect, expectAccessible, paymentsOf, test, type Stack, toBuy } from "./shop.ts";

interface Charge {
  paid: boolean;
  status: string;
}

async function chargesOf(stack: Stack): Promise<Charge[]> {
  return (await callStripe<{ data: Charge[] }>(stack, "/v1/charges")).data;
}

test("a stranger presses Buy, signs in, pays on the page of the course, and it opens", async ({ page, stack }) => {
  const posted: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(stack.stripe)) posted.push(request.url() + (request.postData() ?? ""));
  });
  await page.goto("/courses/vector-search");
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await chooseLearner(page);
  await payOnPage(page);
  await expectOpened(page);
  expect((await chargesOf(stack)).map(({ paid }) => paid)).toEqual([true]);
  // The card went to Stripe alone.
  expect(posted.filter((text) => text.includes("4242"))).toEqual([]);
});

test("a payment that needs 3-D Secure is confirmed over the page, and the course opens", async ({ page }) => {
  await beginPayment(page);
  await payOnPage(page, "4000 0025 0000 3155");
  await bankPage(page).getByRole("button", { name: "Complete authentication" }).click();
  await expectOpened(page);
});

test("who fails 3-D Secure is charged nothing, and pays with another card", async ({ page, stack }) => {
  await beginPayment(page);
  await payOnPage(page, "4000 0025 0000 3155");
  await bankPage(page).getByRole("button", { name: "Fail authentication" }).click();
  await expect(page.getByRole("alert")).toContainText("Your bank has not confirmed the payment.");
  expect(await chargesOf(stack)).toEqual([]);
  await payOnPage(page);
  await expectOpened(page);
});

const REFUSED = [
  ["4000 0000 0000 0002", "Your card was declined."],
  ["4000 0000 0000 9995", "There is not enough money on this card."],
  ["4000 0000 0000 0069", "This card has expired."],
  ["4000 0000 0000 0127", "The security code is wrong."],
  ["4000 0000 0000 0119", "The bank could not process the card."],
] as const;

test("each card that is refused says why, and the same payment goes on with one that pays", async ({ page, stack }) => {
  await beginPayment(page);
  for (const [number, message] of REFUSED) {
    await payOnPage(page, number);
    await expect(page.getByRole("alert")).toContainText(message);
  }
  await payOnPage(page);
  await expectOpened(page);
  expect((await chargesOf(stack)).filter(({ paid }) => paid)).toHaveLength(1);
  expect(await paymentsOf(stack)).toHaveLength(1);
});

test("what is missing is said beside the field, and nothing is sent", async ({ page, stack }) => {
  await beginPayment(page);
  await payButton(page).click();
  await expect(fields(page).getByText("Your card number is incomplete.")).toBeVisible();
  await fillCard(page, "4242 4242 4242 4241");
  await payButton(page).click();
  await expect(fields(page).getByText("Your card number is invalid.")).toBeVisible();
  await expect(fields(page).getByLabel("Card number")).toBeFocused();
  expect(await chargesOf(stack)).toEqual([]);
});

test("a bank debit is on its way at first, and opens the course when it arrives", async ({ page, stack }) => {
  await beginPayment(page);
  await fields(page).getByText("US bank account").click();
  await fields(page).getByLabel("Full name").fill("Ada Lovelace");
  await fields(page).getByLabel("Routing number").fill("110000000");
  await fields(page).getByLabel("Account number").fill("000123456789");
  await payButton(page).click();
  await expect(page.getByText("Your payment is on its way.").first()).toBeVisible();
  await expect(page.getByRole("button", { name: toBuy(COURSE) })).toHaveCount(0);
  await page.reload();
  await expect(page.getByText("Your payment is on its way.").first()).toBeVisible();

  const [payment] = await paymentsOf(stack);
  const settled = await fetch(`${stack.stripe}/_stand_in/bank_debits/${payment?.id ?? ""}/succeed`, { method: "POST" });
  expect(settled.ok).toBe(true);
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("link", { name: "Start learning" })).toBeVisible({ timeout: 1_000 });
  }).toPass();
});

test("who comes back from a bank's page finds the course open, and no secret in the address", async ({
  page,
  stack,
}) => {
  await beginPayment(page);
  const [payment] = await paymentsOf(stack);
  const id = payment?.id ?? "";
  const { client_secret } = await callStripe<{ client_secret: string }>(stack, `/v1/payment_intents/${id}`);
  await callStripe(stack, `/v1/payment_intents/${id}/confirm`, { payment_method: "pm_card_visa" });
  const returned = new URLSearchParams({
    payment_intent: id,
    payment_intent_client_secret: client_secret,
    redirect_status: "succeeded",
  });
  await page.goto(`/courses/vector-search?${returned}`);
  await expectOpened(page);
});

test("who comes back without having paid is told so, and pays the same payment", async ({ page, stack }) => {
  await beginPayment(page);
  const [payment] = await paymentsOf(stack);
  const price = new URL(page.url()).searchParams.get("pay") ?? "";
  const returned = new URLSearchParams({ pay: price, payment_intent: payment?.id ?? "", redirect_status: "failed" });
  await page.goto(`/courses/vector-search?${returned}`);
  await expect(page.getByRole("alert")).toContainText("The payment did not go through");
  expect(new URL(page.url()).search).toBe(`?${new URLSearchParams({ pay: price })}`);
  await page.getByRole("button", { name: "Try again" }).click();
  await payOnPage(page);
  await expectOpened(page);
  expect(await paymentsOf(stack)).toHaveLength(1);
});

test("a reload and the back button keep the payment, and what is offered is a click away", async ({ page, stack }) => {
  await beginPayment(page);
  await page.reload();
  await expectFields(page);
  await page.getByRole("button", { name: "Choose something else" }).click();
  await expect(page.getByRole("button", { name: toBuy(COURSE) })).toBeVisible();
  await page.goBack();
  await expectFields(page);
  expect(await paymentsOf(stack)).toHaveLength(1);
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, viewport: { width: 320, height: 900 } });

    test("the payment is accessible, with its fields, its errors and the bank's page", async ({ page }) => {
      await beginPayment(page);
      await expectAccessible(page);
      await payButton(page).click();
      await expect(fields(page).getByText("Your card number is incomplete.")).toBeVisible();
      await expectAccessible(page);
      await payOnPage(page, "4000 0000 0000 0002");
      await expect(page.getByRole("alert")).toBeVisible();
      await expectAccessible(page);
      await payOnPage(page, "4000 0025 0000 3155");
      await expect(bankPage(page).getByRole("button", { name: "Complete authentication" })).toBeVisible();
      await expectAccessible(page);
    });
  });
}

test("Stripe's fields speak the language of the shop", async ({ page }) => {
  await beginPayment(page);
  await page.getByLabel("Language").selectOption("de");
  await expect(fields(page).getByLabel("Kartennummer")).toBeVisible();
  await expect(page.getByRole("heading", { name: `${COURSE} bezahlen` })).toBeVisible();
});
