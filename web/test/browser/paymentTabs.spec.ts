// Shows that a learner with the shop in two tabs, or with a shop that takes no payments on its pages, pays once.

import type { Page } from "@playwright/test";

import { beginPayment, COURSE, expectFields, expectOpened, payButton, fillCard, payOnPage } from "./paymentOnPage.ts";
import { callStripe, expect, payByCard, signIn, test, type Stack, toBuy } from "./shop.ts";

async function paidCharges(stack: Stack): Promise<number> {
  const { data } = await callStripe<{ data: { paid: boolean }[] }>(stack, "/v1/charges");
  return data.filter(({ paid }) => paid).length;
}

/** From the catalog, whose buttons lead to Stripe's page. */
async function goToStripesPage(page: Page, stack: Stack): Promise<void> {
  await page.goto(stack.shop);
  await signIn(page);
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await expect(page.getByText("Test mode")).toBeVisible();
}

test("Stripe's page, opened in another tab, closes the payment on this one, and one of them is charged", async ({
  page,
  context,
  stack,
}) => {
  await beginPayment(page);
  await fillCard(page);
  const other = await context.newPage();
  await goToStripesPage(other, stack);

  await payButton(page).click();
  await expect(page.getByRole("alert")).toContainText("another one was started");
  await payByCard(other);
  await expectOpened(other);

  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("link", { name: "Start learning" })).toBeVisible();
  expect(await paidCharges(stack)).toBe(1);
});

test("a payment on the page closes Stripe's page in another tab, and one of them is charged", async ({
  page,
  context,
  stack,
}) => {
  const other = await context.newPage();
  await goToStripesPage(other, stack);
  await beginPayment(page);

  await payByCard(other);
  await expect(other.getByText(/expired|no longer|closed/i).first()).toBeVisible();
  await payOnPage(page);
  await expectOpened(page);
  expect(await paidCharges(stack)).toBe(1);
});

test("a payment that was made in another tab is found, and not made again", async ({ page, context, stack }) => {
  await beginPayment(page);
  await fillCard(page);
  const other = await context.newPage();
  await beginPayment(other, `${stack.shop}/courses/vector-search`);
  await payOnPage(other);
  await expectOpened(other);

  await payButton(page).click();
  await expectOpened(page);
  expect(await paidCharges(stack)).toBe(1);
});

test("Stripe's page is a click away from the fields", async ({ page, stack }) => {
  await beginPayment(page);
  await page.getByRole("button", { name: "Pay on Stripe's page" }).click();
  await expect(page.getByText("Test mode")).toBeVisible();
  await payByCard(page);
  await expectOpened(page);
  expect(await paidCharges(stack)).toBe(1);
});

test("without a publishable key the course is paid on Stripe's page", async ({ page, stack }) => {
  await page.route("**/config.json", async (route) => {
    const response = await route.fetch();
    const config = (await response.json()) as object;
    await route.fulfill({ response, json: { ...config, stripe_publishable_key: null } });
  });
  await page.goto("/courses/vector-search");
  await signIn(page);
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await expect(page).toHaveURL(new RegExp(`^${stack.stripe}/c/pay/`));
});

test("an API without payment intents leads to Stripe's page by itself", async ({ page, stack }) => {
  await page.route("**/checkout/payment-intents", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({
          status: 404,
          headers: { "access-control-allow-origin": stack.shop },
          contentType: "application/problem+json",
          json: {
            type: "about:blank",
            title: "Not Found",
            status: 404,
            code: "payment_intents_disabled",
            detail: "None here.",
            request_id: "r1",
          },
        })
      : route.continue(),
  );
  await page.goto("/courses/vector-search");
  await signIn(page);
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await expect(page).toHaveURL(new RegExp(`^${stack.stripe}/c/pay/`));
});

test("where Stripe.js cannot be loaded, that is said, and it can be tried again", async ({ page, stack }) => {
  await page.route(`${stack.stripe}/endive/stripe.js`, (route) => route.abort());
  await page.goto("/courses/vector-search");
  await signIn(page);
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await expect(page.getByRole("alert")).toContainText("Stripe cannot be reached");
  await page.unroute(`${stack.stripe}/endive/stripe.js`);
  await page.getByRole("button", { name: "Try again" }).click();
  await expectFields(page);
});
