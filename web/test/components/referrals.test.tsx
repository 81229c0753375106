// Shows what credit pays of a price, how long a code is remembered, and how referrals look in states that are hard to reach.

import { screen } from "@testing-library/react";
import type { Referral } from "@tuition/react";
import { afterEach, beforeEach, expect, test } from "vitest";

import { checkoutCredit, creditUse, STRIPE_MINIMUM } from "../../src/referrals/credit.ts";
import { heldUntil } from "../../src/referrals/heldUntil.ts";
import { RefusalNotice } from "../../src/referrals/RefusalNotice.tsx";
import {
  dropRefusal,
  forgetCode,
  keepRefusal,
  keptRefusal,
  rememberCode,
  rememberedCode,
} from "../../src/referrals/rememberedCode.ts";
import { ReferralCard } from "../../src/referrals/ReferralCard.tsx";
import { ReferralHistory } from "../../src/referrals/ReferralHistory.tsx";
import { renderInShop } from "./shop.tsx";

const DAY = 86_400_000;

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

afterEach(() => {
  document.body.replaceChildren();
});

test.each([
  ["no credit", 4900, 0, true, 0],
  ["a part", 4900, 1225, true, 1225],
  ["all of it", 4900, 4900, true, 4900],
  ["more than it costs", 4900, 10_000, true, 4900],
  ["too little would be left", 4900, 4899, true, 4850],
  ["as much as Stripe takes is left", 4900, 4850, true, 4850],
  ["all of it, where nothing is no payment", 4900, 4900, false, 4850],
  ["more than it costs, where nothing is no payment", 4900, 10_000, false, 4850],
  ["a price at the minimum", 50, 30, true, 0],
  ["a price at the minimum, all of it", 50, 50, true, 50],
  ["a price at the minimum, where nothing is no payment", 50, 50, false, 0],
  ["a price below the minimum", 30, 10, true, 0],
] as const)("credit for %s", (_, price, available, canBeFree, used) => {
  expect(creditUse(price, available, canBeFree)).toEqual({ used, left: price - used });
});

test("for every price and credit, what is left can be paid, and no cent that could be used is kept back", () => {
  for (let price = STRIPE_MINIMUM; price < 160; price += 1) {
    for (let available = 0; available < 200; available += 1) {
      for (const canBeFree of [true, false]) {
        const payable = (left: number) => left >= STRIPE_MINIMUM || (canBeFree && left === 0);
        const { used, left } = creditUse(price, available, canBeFree);
        const possible = Array.from({ length: Math.min(available, price) + 1 }, (_, use) => use);
        const most = Math.max(...possible.filter((use) => payable(price - use)));
        expect({ price, available, canBeFree, used, left }).toEqual({
          price,
          available,
          canBeFree,
          used: most,
          left: price - most,
        });
      }
    }
  }
});

test("an API that says nothing of credit uses none", () => {
  expect(checkoutCredit({})).toBeUndefined();
  expect(checkoutCredit({ credit: null })).toBeUndefined();
  expect(checkoutCredit({ credit: { used: 0, currency: "usd", left: 4900 } })).toBeUndefined();
  expect(checkoutCredit({ credit: { used: 1225, currency: "usd", left: 0 } })).toMatchObject({ used: 1225 });
});

test("the first code is remembered for 30 days, then another one can be", () => {
  rememberCode("FIRST", 0);
  rememberCode("SECOND", 29 * DAY);
  expect(rememberedCode(30 * DAY - 1)).toBe("FIRST");
  expect(rememberedCode(30 * DAY)).toBeUndefined();
  rememberCode("THIRD", 30 * DAY);
  expect(rememberedCode(31 * DAY)).toBe("THIRD");
  forgetCode();
  expect(rememberedCode(31 * DAY)).toBeUndefined();
});

test.each(["nonsense", "null", "7", '{"code":7,"until":"x"}', "{}"])("a storage that has %s has no code", (content) => {
  localStorage.setItem("tuition.referral", content);
  expect(rememberedCode()).toBeUndefined();
  rememberCode("FIRST");
  expect(rememberedCode()).toBe("FIRST");
});

test("a code that counts is kept until the purchase is complete, and one that does not is forgotten", () => {
  rememberCode("FIRST");
  keepRefusal(null);
  keepRefusal({ applied: true, reason: null });
  expect([rememberedCode(), keptRefusal()]).toEqual(["FIRST", undefined]);
  keepRefusal({ applied: false, reason: "own_code" });
  expect([rememberedCode(), keptRefusal()]).toEqual([undefined, "own_code"]);
  dropRefusal();
  expect(keptRefusal()).toBeUndefined();
});

test.each([
  ["unknown_code", /do not know the referral code/],
  ["own_code", /is your own/],
  ["not_first_purchase", /first purchase only/],
  ["a_reason_of_a_newer_api", /does not count for this purchase/],
])("the refusal %s says why, and that the price stays", (reason, expected) => {
  renderInShop(<RefusalNotice reason={reason} />);
  expect(screen.getByRole("status").textContent).toMatch(expected);
  expect(screen.getByRole("status").textContent).toContain("Your price stays the same.");
});

const REFERRAL: Referral = {
  id: "1",
  state: "confirmed",
  amount: 1225,
  currency: "usd",
  created_at: "2026-11-20T12:00:00Z",
  available_at: "2026-12-05T12:00:00Z",
  reason: null,
};

test("held credit is available from the first day that says so", () => {
  const later = { ...REFERRAL, id: "2", available_at: "2026-12-09T12:00:00Z" };
  const euros = { ...REFERRAL, id: "3", currency: "eur", available_at: "2026-12-01T12:00:00Z" };
  const waiting = { ...REFERRAL, id: "4", available_at: null };
  const credited: Referral = { ...REFERRAL, id: "5", state: "credited", available_at: "2026-11-01T12:00:00Z" };
  const beyondTheCap = { ...REFERRAL, id: "6", amount: 0, available_at: "2026-11-30T12:00:00Z" };
  const history = [waiting, beyondTheCap, later, euros, credited, REFERRAL];
  expect(heldUntil(history, "usd")).toBe(REFERRAL.available_at);
  expect(heldUntil(history, "eur")).toBe(euros.available_at);
  expect(heldUntil([waiting], "usd")).toBeUndefined();
});

const REFERRALS = {
  code: "K7QM2XNA",
  link: "https://school.example/ref/K7QM2XNA",
  rate_percent: 25,
  hold_days: 15,
  cap: [],
  counts: { pending: 0, confirmed: 1, credited: 2, reversed: 0, rejected: 0 },
  credit: [{ currency: "usd", earned: 3675, held: 1225, available: 2450, reserved: 0, spent: 0, owed: 0 }],
};

test("the card has the link, what can be spent, and the day of the rest", async () => {
  renderInShop(<ReferralCard />, {
    "/referrals": REFERRALS,
    "/referrals/history": { items: [REFERRAL], next_cursor: null },
  });
  expect((await screen.findByLabelText<HTMLInputElement>("Your link")).value).toBe(REFERRALS.link);
  const content = screen.getByRole("region", { name: "Recommend us" }).textContent;
  expect(content).toMatch(/earns you 25%.*after 15 days/);
  expect(content).toMatch(/Credit to spend\$24\.50Credit on hold\$12\.25, available from Dec \d, 2026/);
  expect(content).not.toContain("paid off");
  expect(content).not.toContain("Taken back");
});

test("an API without referrals has no card", async () => {
  const { container } = renderInShop(<ReferralCard />);
  await expect.poll(() => container.querySelector("[role=status]")).toBeNull();
  expect(container.querySelector("section")).toBeNull();
});

test.each([
  [{}, /On hold Available from Dec/],
  [{ available_at: null }, /On hold It waits for a refund request or a dispute/],
  [{ state: "credited" }, /Credited Available since Dec/],
  [{ state: "reversed", amount: 0, available_at: null }, /\$0Taken back/],
  [{ state: "pending", available_at: null }, /Not paid yet/],
  [{ state: "rejected", amount: 0, available_at: null, reason: "same_card" }, /Not counted It was paid with a card/],
] as const)("a referral that is %o says how it stands", async (changes, expected) => {
  renderInShop(<ReferralHistory />, {
    "/referrals/history": { items: [{ ...REFERRAL, ...changes }], next_cursor: null },
  });
  expect((await screen.findByRole("listitem")).textContent).toMatch(expected);
});
