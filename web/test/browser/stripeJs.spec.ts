// Shows that the stand-in's Stripe.js does what `@stripe/stripe-js` and `@stripe/react-stripe-js` need, unmodified, on a page of their own.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";

import type { Page } from "@playwright/test";
import type { StripeElementsOptions } from "@stripe/stripe-js";
import { build, type Rolldown } from "vite";

import { bankPage, fields, fillCard } from "./paymentOnPage.ts";
import { callStripe, expect, test as base, type Stack } from "./shop.ts";
import type {} from "./stripeJs/page.tsx";

interface Intent {
  id: string;
  client_secret: string;
}

let script: string;

/** A test with a merchant's page, whose policy allows Stripe.js and its frames only. */
const test = base.extend<{ merchant: string }>({
  merchant: async ({ stack }, provide) => {
    const html = `<!doctype html><html lang="en"><title>Merchant</title><body><script src="${stack.stripe}/v3/"></script>
      <script type="module" src="/page.js"></script></body></html>`;
    const policy = `default-src 'none'; script-src 'self' ${stack.stripe}; frame-src ${stack.stripe}; style-src 'self'`;
    const server = createServer(({ url }, response) => {
      const isScript = url === "/page.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.setHeader("content-security-policy", policy);
      response.end(isScript ? script : html);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    await provide(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.closeAllConnections();
    server.close();
  },
});

test.beforeAll(async () => {
  const output = await build({
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": JSON.stringify("development") },
    build: {
      write: false,
      lib: { entry: resolve(import.meta.dirname, "stripeJs/page.tsx"), formats: ["es"], fileName: "page" },
    },
  });
  const [{ output: files }] = output as [Rolldown.RolldownOutput];
  script = files[0].code;
});

/** Opens the merchant's page with an Element, and returns what the packages warn of from then on. */
async function open(
  page: Page,
  merchant: string,
  element: "payment" | "card",
  options: StripeElementsOptions,
): Promise<string[]> {
  const warnings: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "warning") warnings.push(message.text());
  });
  await page.goto(`${merchant}/`);
  await page.evaluate(([kind, given]) => window.show(kind, given), [element, options] as const);
  await expect(fields(page).getByRole("textbox").first()).toBeVisible();
  await expect.poll(() => page.evaluate(() => window.page.events)).toContain("ready");
  return warnings;
}

function createIntent(stack: Stack, more: Record<string, string> = {}): Promise<Intent> {
  return callStripe<Intent>(stack, "/v1/payment_intents", {
    amount: "4900",
    currency: "eur",
    "automatic_payment_methods[enabled]": "true",
    ...more,
  });
}

test("the Payment Element reports what happens in it, and confirms without a redirect", async ({
  page,
  stack,
  merchant,
}) => {
  const { client_secret: clientSecret, id } = await createIntent(stack);
  const warnings = await open(page, merchant, "payment", { clientSecret });
  expect(warnings).toEqual([]);
  await fillCard(page);
  await fields(page).getByLabel("Security code").blur();
  const { events, change } = await page.evaluate(() => window.page);
  expect(new Set(events)).toEqual(new Set(["ready", "focus", "blur"]));
  expect(change).toMatchObject({ elementType: "payment", complete: true, empty: false, value: { type: "card" } });
  expect(await page.evaluate(() => window.page.elements.submit())).toEqual({ selectedPaymentMethod: "card" });
  const result = await page.evaluate(() =>
    window.page.stripe.confirmPayment({ elements: window.page.elements, redirect: "if_required" }),
  );
  expect(result).toMatchObject({ paymentIntent: { id, status: "succeeded", object: "payment_intent" } });
  expect(result.paymentIntent).not.toHaveProperty("metadata");
  const again = await page.evaluate((secret) => window.page.stripe.retrievePaymentIntent(secret), clientSecret);
  expect(again).toMatchObject({ paymentIntent: { id, status: "succeeded" } });
});

test("a payment with a return_url leads there, with Stripe's three parameters", async ({ page, stack, merchant }) => {
  const { client_secret: clientSecret, id } = await createIntent(stack);
  await open(page, merchant, "payment", { clientSecret });
  await fields(page).getByText("SEPA debit").click();
  await fields(page).getByLabel("IBAN").fill("DE89 3704 0044 0532 0130 00");
  await fields(page).getByLabel("Full name").fill("Ada Lovelace");
  await fields(page).getByLabel("E-mail").fill("ada@example.com");
  await page.evaluate((return_url) => {
    const { stripe, elements } = window.page;
    void stripe.confirmPayment({ elements, confirmParams: { return_url } });
  }, `${merchant}/thanks?order=7`);
  await page.waitForURL(`${merchant}/thanks*`);
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
    order: "7",
    payment_intent: id,
    payment_intent_client_secret: clientSecret,
    redirect_status: "pending",
  });
  const method = await callStripe<{ payment_method: { type: string; billing_details: { name: string } } }>(
    stack,
    `/v1/payment_intents/${id}?expand[]=payment_method`,
  );
  expect(method.payment_method).toMatchObject({ type: "sepa_debit", billing_details: { name: "Ada Lovelace" } });
});

test("what is refused is an error in Stripe's shape, and what is wrong on the page is thrown", async ({
  page,
  stack,
  merchant,
}) => {
  const { client_secret: clientSecret, id } = await createIntent(stack);
  await open(page, merchant, "payment", { clientSecret });
  expect(await page.evaluate(() => window.page.elements.submit())).toMatchObject({
    error: { type: "validation_error", code: "incomplete_number" },
  });
  const thrown = await page.evaluate(() =>
    window.page.stripe
      .confirmPayment({ elements: window.page.elements, confirmParams: {} as { return_url: string } })
      .catch((error: unknown) => (error as Error).name),
  );
  expect(thrown).toBe("IntegrationError");
  await fillCard(page, "4000 0000 0000 9995");
  const declined = await page.evaluate(() =>
    window.page.stripe.confirmPayment({ elements: window.page.elements, redirect: "if_required" }),
  );
  expect(declined).toMatchObject({
    error: {
      type: "card_error",
      code: "card_declined",
      decline_code: "insufficient_funds",
      payment_intent: { id, status: "requires_payment_method" },
    },
  });
});

test("3-D Secure is shown over the page, and ends in an error or in a payment", async ({ page, stack, merchant }) => {
  const { client_secret: clientSecret } = await createIntent(stack);
  await open(page, merchant, "payment", { clientSecret });
  for (const [button, expected] of [
    ["Fail authentication", { error: { code: "payment_intent_authentication_failure" } }],
    ["Complete authentication", { paymentIntent: { status: "succeeded" } }],
  ] as const) {
    await fillCard(page, "4000 0025 0000 3155");
    const result = page.evaluate(() =>
      window.page.stripe.confirmPayment({ elements: window.page.elements, redirect: "if_required" }),
    );
    await bankPage(page).getByRole("button", { name: button }).click();
    expect(await result).toMatchObject(expected);
    await expect(page.getByRole("dialog")).toHaveCount(0);
  }
});

test("only what the intent allows is offered, and its language and its colours can be changed", async ({
  page,
  stack,
  merchant,
}) => {
  const { client_secret: clientSecret } = await createIntent(stack, {
    "automatic_payment_methods[enabled]": "false",
    "payment_method_types[]": "card",
  });
  await open(page, merchant, "payment", { clientSecret, locale: "en", appearance: { theme: "stripe" } });
  await expect(fields(page).getByText("SEPA debit")).toHaveCount(0);
  await fillCard(page);
  await page.evaluate(() =>
    window.page.elements.update({ locale: "de", appearance: { theme: "night", variables: { colorText: "#eeeeee" } } }),
  );
  // What was entered stays.
  await expect(fields(page).getByLabel("Kartennummer")).toHaveValue("4242 4242 4242 4242");
  await expect(fields(page).getByText("Kartennummer")).toHaveCSS("color", "rgb(238, 238, 238)");
});

test("the Card Element makes tokens and payment methods, and pays", async ({ page, stack, merchant }) => {
  const { client_secret: clientSecret } = await createIntent(stack);
  await open(page, merchant, "card", {});
  await fillCard(page);
  const results = await page.evaluate(async (secret) => {
    const { stripe, elements } = window.page;
    const card = elements.getElement("card");
    if (card === null) throw new Error("There is no Card Element.");
    const billing_details = { name: "Ada" };
    return {
      token: (await stripe.createToken(card)).token,
      method: (await stripe.createPaymentMethod({ type: "card", card, billing_details })).paymentMethod,
      paid: await stripe.confirmCardPayment(secret, { payment_method: { card, billing_details } }),
    };
  }, clientSecret);
  expect(results.token).toMatchObject({ id: "tok_visa", card: { last4: "4242", exp_year: 2040 } });
  expect(results.method).toMatchObject({ type: "card", billing_details: { name: "Ada" }, card: { last4: "4242" } });
  expect(results.paid).toMatchObject({ paymentIntent: { status: "succeeded" } });
});

test("a payment intent that cannot be paid any more is a loaderror", async ({ page, stack, merchant }) => {
  const paid = await createIntent(stack, { payment_method: "pm_card_visa", confirm: "true" });
  const other = await createIntent(stack);
  await open(page, merchant, "payment", { clientSecret: other.client_secret });
  const error = await page.evaluate(
    (secret) =>
      new Promise((done) => {
        const elements = window.page.stripe.elements({ clientSecret: secret });
        elements
          .create("payment")
          .on("loaderror", (event) => done(event.error))
          .mount(document.body.appendChild(document.createElement("div")));
      }),
    paid.client_secret,
  );
  expect(error).toMatchObject({ code: "payment_intent_unexpected_state", payment_intent: { status: "succeeded" } });
});
