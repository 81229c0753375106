// What tests of referrals have in common: a learner with a code, and an order that is paid.

import type { Page } from "@playwright/test";

import type { Stack } from "./stack.ts";
import { chooseLearner, expect, payByCard, toBuy } from "./shop.ts";

export const COURSE = "Vector Search in Practice";

interface Referrals {
  code: string;
  link: string;
  counts: { confirmed: number };
}

async function referralsOf(stack: Stack, email: string): Promise<Referrals> {
  const signedIn = await fetch(`${stack.identity}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email }),
  });
  const { id_token } = (await signedIn.json()) as { id_token: string };
  const response = await fetch(`${stack.api}/referrals`, { headers: { authorization: `Bearer ${id_token}` } });
  return (await response.json()) as Referrals;
}

/** A learner's link, made by the API as the shop's card makes it. */
export async function linkOf(stack: Stack, email: string): Promise<{ code: string; path: string }> {
  const { code, link } = await referralsOf(stack, email);
  return { code, path: new URL(link).pathname };
}

/** How many purchases through the learner's link are paid. */
export async function confirmedOf(stack: Stack, email: string): Promise<number> {
  return (await referralsOf(stack, email)).counts.confirmed;
}

/** Opens the link, and goes on to the courses. */
export async function followLink(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByText("We remember the recommendation for 30 days.")).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "See the courses" }).click();
}

/** Buys the course from the catalog, as a learner who signs in on the way. */
export async function buy(page: Page, email: string, course = COURSE): Promise<void> {
  await page.getByRole("button", { name: toBuy(course) }).click();
  await chooseLearner(page, email);
  await payByCard(page);
  await expect(page.getByText("Thank you! The course is open.")).toBeVisible();
}

export function remembered(page: Page): Promise<string | null> {
  return page.evaluate(() => localStorage.getItem("tuition.referral"));
}
