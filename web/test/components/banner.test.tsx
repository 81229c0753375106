// Shows what the banner says about every problem with a payment, and which ways out it offers.

import { fireEvent, screen } from "@testing-library/react";
import type { PaymentProblem } from "@tuition/client";
import { afterEach, expect, test } from "vitest";

import { PaymentBanner } from "../../src/layout/PaymentBanner.tsx";
import { renderInShop } from "./shop.tsx";

const PROBLEM: PaymentProblem = {
  kind: "payment_failed",
  invoice_id: "in_1",
  amount_due: 1900,
  currency: "usd",
  attempt_count: 1,
  next_attempt_at: "2026-11-24T12:00:00Z",
  decline_code: null,
  hosted_invoice_url: "https://invoice.stripe.com/i/1",
  portal_url: null,
};

afterEach(() => {
  document.body.replaceChildren();
});

async function showBanner(problem: Partial<PaymentProblem>): Promise<HTMLElement> {
  renderInShop(<PaymentBanner />, { "/billing/subscription": { payment_problem: { ...PROBLEM, ...problem } } });
  return screen.findByRole("alert");
}

test("a payment that failed can be mended with another card, or on the invoice", async () => {
  const banner = await showBanner({});
  expect(banner.textContent).toMatch(/failed\. It is tried again on .*2026/);
  expect(screen.getByRole("button", { name: "Update the payment method" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "Open the invoice" }).getAttribute("href")).toBe(PROBLEM.hosted_invoice_url);
});

test("a portal that cannot be opened is said to be, and can be tried again", async () => {
  const banner = await showBanner({});
  fireEvent.click(screen.getByRole("button", { name: "Update the payment method" }));
  expect(await screen.findByText("Something went wrong on our side. Trying again often helps.")).toBeTruthy();
  expect(banner.contains(screen.getByRole("button", { name: "Update the payment method" }))).toBe(true);
});

test("of an invoice that was voided, the account is where to cancel", async () => {
  await showBanner({ kind: "invoice_voided", hosted_invoice_url: null });
  expect(screen.getByRole("link", { name: "Open your account" }).getAttribute("href")).toBe("/account");
});

test("a payment that is not tried again names no day", async () => {
  expect((await showBanner({ next_attempt_at: null })).textContent).not.toContain("tried again");
});

test("a payment that waits for a confirmation leads to the invoice only", async () => {
  expect((await showBanner({ kind: "action_required" })).textContent).toContain("confirm");
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.getByRole("link", { name: "Open the invoice" })).toBeTruthy();
});

test.each(["disputed", "dispute_lost"] as const)("of a payment that is %s there is nothing to press", async (kind) => {
  await showBanner({ kind, hosted_invoice_url: null });
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("link")).toBeNull();
});
