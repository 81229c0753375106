// What tests in the browser begin with: a stack and a page, and a learner who signs in and pays.

import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";

import { startStack, type Stack } from "./stack.ts";

export type { Stack };

export interface Fixtures {
  stack: Stack;
}

/** A test with a stack of its own. It fails when the page breaks its policy, or throws. */
export const test = base.extend<Fixtures>({
  stack: async ({}, provide) => {
    const stack = await startStack();
    await provide(stack);
    await stack.stop();
  },
  baseURL: async ({ stack }, provide) => provide(stack.shop),
  page: async ({ page }, provide) => {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(message.text());
    });
    await provide(page);
    expect(complaints).toEqual([]);
  },
});

export { expect };

/** Chooses a learner on the sign-in page. */
export async function signIn(page: Page, email = "ada@example.com"): Promise<void> {
  await page.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
  await chooseLearner(page, email);
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
}

/** On the sign-in page. */
export async function chooseLearner(page: Page, email = "ada@example.com"): Promise<void> {
  await page.getByLabel("Or any other e-mail address").fill(email);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** The name of the button that buys a course or a bundle: it begins with the price, which is what is to be seen. */
export function toBuy(name: string): RegExp {
  return new RegExp(`^Buy .*: ${name}`);
}

/** On the payment page. */
export async function payByCard(page: Page, card = "4242 4242 4242 4242"): Promise<void> {
  await page.getByLabel("Card number").fill(card);
  await page.getByLabel("Expiry").fill("12 / 40");
  await page.getByLabel("CVC").fill("123");
  await page.getByRole("button", { name: /^(Pay|Subscribe|Start)/ }).click();
}

/** On the payment page: the money arrives days later. */
export async function payByBankDebit(page: Page): Promise<void> {
  await page.getByLabel("bank debit").check();
  await page.getByRole("button", { name: /^(Pay|Subscribe|Start)/ }).click();
}

/** A call of the API of Stripe. */
export async function callStripe<Answer>(stack: Stack, path: string, body?: Record<string, string>): Promise<Answer> {
  const response = await fetch(stack.stripe + path, {
    headers: { authorization: "Bearer sk_test_tuition" },
    ...(body && { method: "POST", body: new URLSearchParams(body) }),
  });
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  return (await response.json()) as Answer;
}

/** The payments that Stripe knows, the newest first. */
export async function paymentsOf(stack: Stack): Promise<{ id: string }[]> {
  return (await callStripe<{ data: { id: string }[] }>(stack, "/v1/payment_intents")).data;
}

/** Axe finds nothing on the page, and nothing is wider than it. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`)).toEqual(
    [],
  );
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, "nothing is wider than the page").toBeLessThanOrEqual(0);
}
