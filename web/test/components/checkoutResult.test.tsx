// Shows the states of the page after a payment that pass too fast in a browser, or never occur there.

import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { CheckoutResult } from "../../src/checkout/CheckoutResult.tsx";
import { renderInShop } from "./shop.tsx";

const SESSION = "/checkout/sessions/cs_1";
const PAID = { status: "complete", payment_status: "paid", fulfilled: false };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function renderResult(session: unknown, answers: Record<string, unknown> = {}): void {
  const page = <CheckoutResult session="cs_1" product="vector-search" from="/" />;
  renderInShop(page, { [SESSION]: session, ...answers });
}

test("who waits sees how far it is, and after a while what to do", async () => {
  renderResult(PAID);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(screen.getByText("Opening").getAttribute("aria-current")).toBe("step");
  expect(screen.queryByText(/This takes longer than usual/)).toBeNull();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(screen.getByText(/This takes longer than usual/)).toBeTruthy();
});

test("who has waited for a minute can look again", async () => {
  renderResult(PAID);
  await vi.advanceTimersByTimeAsync(70_000);
  expect(screen.getByText(/has not been confirmed yet/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Look again" })).toBeTruthy();
});

test("a page that was closed unpaid says that nothing was charged", async () => {
  renderResult({ status: "expired", payment_status: "unpaid", fulfilled: false });
  await vi.advanceTimersByTimeAsync(100);
  expect(screen.getByRole("heading", { name: "Nothing was charged" })).toBeTruthy();
});

test("a second visit after a refund does not say that everything is open", async () => {
  const course = { id: "vector-search", title: "Vector Search", summary: "", category: "alacarte", modules: [] };
  const product = {
    id: "vector-search",
    name: "Vector Search",
    description: "",
    courses: ["vector-search"],
    prices: [],
  };
  const access = { has_access: false, because: { reason: "refunded" }, until: null };
  renderResult(
    { status: "complete", payment_status: "paid", fulfilled: true },
    {
      "/catalog": { courses: [course], products: [product], plans: [] },
      "/courses": { items: [{ ...course, access }] },
    },
  );
  await vi.advanceTimersByTimeAsync(1_000);
  expect(screen.getByText(/is not open any more/)).toBeTruthy();
  expect(screen.queryByText("Everything is open.")).toBeNull();
});
