// Shows how payments, refund requests and an operator's decision look in states that are hard to reach in a browser.

import { fireEvent, screen } from "@testing-library/react";
import type { PaymentResponse, RefundRequestDetailsResponse, RefundRequestResponse } from "@tuition/client";
import { afterEach, expect, test } from "vitest";

import { amountText, parseAmount } from "../../src/admin/amount.ts";
import { Decision } from "../../src/admin/Decision.tsx";
import { Payments } from "../../src/payments/Payments.tsx";
import { renderInShop } from "./shop.tsx";

const REQUEST: RefundRequestResponse = {
  id: "rr_1",
  payment_id: "pi_1",
  status: "open",
  reason: "Bought twice",
  created_at: "2026-11-20T12:00:00Z",
  updated_at: "2026-11-20T12:00:00Z",
  approved_amount: null,
  note: null,
};

const PAYMENT: PaymentResponse = {
  id: "pi_1",
  kind: "purchase",
  product: "vector-search",
  amount: 4900,
  currency: "usd",
  status: "paid",
  created_at: "2026-11-19T12:00:00Z",
  refunded_amount: 0,
  refunds: [],
  dispute: null,
  refund_request: null,
  refundable: { allowed: true, reason: null, until: "2026-12-03T12:00:00Z" },
};

afterEach(() => {
  document.body.replaceChildren();
});

async function showPayment(payment: Partial<PaymentResponse>): Promise<string> {
  renderInShop(<Payments />, { "/billing/payments": { items: [{ ...PAYMENT, ...payment }], next_cursor: null } });
  return (await screen.findByRole("listitem")).textContent;
}

const requested = (request: Partial<RefundRequestResponse>): Partial<PaymentResponse> => ({
  refund_request: { ...REQUEST, ...request },
  refundable: { allowed: false, reason: "refund_requested", until: null },
});

test("a payment that can be refunded says until when", async () => {
  expect(await showPayment({})).toMatch(/\$49.*You can ask for a refund until .*2026/);
  expect(screen.getByRole("button", { name: "Ask for a refund: vector-search" })).toBeTruthy();
});

test.each([
  [{ status: "open" }, /You asked for a refund on .*We are looking at it/],
  [{ status: "approved", approved_amount: 1000 }, /Your refund of \$10 is on its way/],
  [{ status: "refunded", approved_amount: 4900 }, /Your refund of \$49 was made/],
  [{ status: "refund_failed" }, /The refund did not arrive/],
  [{ status: "rejected", note: "Too late." }, /was declined.*We wrote: Too late\./],
] as const)("a request that is %o says how it stands", async (request, expected) => {
  expect(await showPayment(requested(request))).toMatch(expected);
  expect(screen.queryByRole("button", { name: "Withdraw the request" }) !== null).toBe(request.status === "open");
});

test("a request that was withdrawn is gone, and another one can be made", async () => {
  const content = await showPayment({ refund_request: { ...REQUEST, status: "withdrawn" } });
  expect(content).not.toContain("We are looking at it");
  expect(screen.getByRole("button", { name: "Ask for a refund: vector-search" })).toBeTruthy();
});

test("a payment beyond the policy says why", async () => {
  const refundable = { allowed: false, reason: "refund_window_over" as const, until: "2026-12-03T12:00:00Z" };
  expect(await showPayment({ refundable })).toContain("It is too late to ask for a refund.");
});

test.each([
  ["12.50", "usd", 1250],
  ["12,5", "eur", 1250],
  [" 7 ", "usd", 700],
  ["1500", "jpy", 1500],
  ["0.001", "usd", undefined],
  ["15.5", "jpy", undefined],
  ["-3", "usd", undefined],
  ["1,000.00", "usd", undefined],
  ["", "usd", undefined],
])("%s of %s is %s", (typed, currency, amount) => {
  expect(parseAmount(typed, currency)).toBe(amount);
});

test.each([
  [4900, "usd", "49.00"],
  [5, "usd", "0.05"],
  [1500, "jpy", "1500"],
])("%i of %s is typed as %s", (amount, currency, typed) => {
  expect(amountText(amount, currency)).toBe(typed);
});

const DETAILS: RefundRequestDetailsResponse = {
  ...REQUEST,
  user_id: "learner",
  kind: "purchase",
  product: "vector-search",
  amount: 4900,
  currency: "usd",
  progress_percent: 0,
  approval: null,
  rejected_by: null,
  email: "ada@example.com",
  payment: { ...PAYMENT, refunded_amount: 900 },
  courses: [],
};

test("an operator refunds at most what is left, and a rejection says why", () => {
  renderInShop(<Decision request={DETAILS} />);
  expect(screen.getByRole("button", { name: "Refund $40" })).toBeTruthy();
  const amount = screen.getByLabelText("How much goes back, in USD");
  fireEvent.change(amount, { target: { value: "40.01" } });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Approve" }).disabled).toBe(true);
  fireEvent.change(amount, { target: { value: "12.5" } });
  expect(screen.getByRole("button", { name: "Refund $12.50" })).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Reject" }));
  expect(screen.getByText("The learner has to be told why.")).toBeTruthy();
});

test("a request that was decided shows the decision, and no buttons", () => {
  renderInShop(<Decision request={{ ...DETAILS, status: "rejected", note: "Too late." }} />);
  expect(screen.getByText("Rejected")).toBeTruthy();
  expect(screen.getByText("Too late.")).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});
