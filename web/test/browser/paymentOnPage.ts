// What a learner does where a course is paid on the shop's own page.

import type { FrameLocator, Page } from "@playwright/test";

import { expect, signIn, toBuy } from "./shop.ts";

export const COURSE = "Vector Search in Practice";

/** Stripe's fields, which are in a frame. */
export function fields(page: Page): FrameLocator {
  return page.frameLocator('iframe[title="Secure payment input frame"]');
}

/** Signs in, and begins the payment on the page of the course. */
export async function beginPayment(page: Page, path = "/courses/vector-search"): Promise<void> {
  await page.goto(path);
  await signIn(page);
  await page.getByRole("button", { name: toBuy(COURSE) }).click();
  await expectFields(page);
}

export async function expectFields(page: Page): Promise<void> {
  await expect(fields(page).getByLabel("Card number")).toBeVisible();
}

export async function fillCard(page: Page, number = "4242 4242 4242 4242"): Promise<void> {
  await fields(page).getByLabel("Card number").fill(number);
  await fields(page).getByLabel("Expiration date").fill("12 / 40");
  await fields(page).getByLabel("Security code").fill("123");
}

export function payButton(page: Page): ReturnType<Page["getByRole"]> {
  return page.getByRole("button", { name: /^Pay [$€]/ });
}

export async function payOnPage(page: Page, number?: string): Promise<void> {
  await fillCard(page, number);
  await payButton(page).click();
}

/** The bank's page, over the shop's. */
export function bankPage(page: Page): FrameLocator {
  return page.frameLocator('iframe[title="3-D Secure"]');
}

/** The course is open, and the address says nothing of the payment any more. */
export async function expectOpened(page: Page): Promise<void> {
  await expect(page.getByText("Thank you! The course is open.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Start learning" })).toBeVisible();
  await expect(page).toHaveURL(/\/courses\/vector-search$/);
}
