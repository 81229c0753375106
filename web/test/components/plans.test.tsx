// Shows what may be promised of a trial, and what a year saves.

import type { CatalogPlanResponse, SubscriptionResponse } from "@tuition/client";
import { expect, test } from "vitest";

import { yearlySaving } from "../../src/pricing/planPrices.ts";
import { trialOf, trialRequest } from "../../src/subscription/trial.ts";

function plan(month: number, year: number, trial_days = 7): CatalogPlanResponse {
  const price = (interval: "month" | "year", amount: number) => ({
    interval,
    amount,
    currency: "usd",
    price_id: interval,
  });
  const prices = [price("month", month), price("year", year)];
  const texts = { id: "premium", family: "membership", name: "Premium", description: "" };
  return { ...texts, tier: "paid", courses: [], limits: {}, trial_days, prices };
}

const subscription = (status: SubscriptionResponse["status"], trial_end: string | null) =>
  ({ status, trial_end }) as SubscriptionResponse;

test.each([
  ["who has never had a subscription", plan(19, 190), subscription(null, null), "offered"],
  ["who has had this trial", plan(19, 190), subscription("canceled", "2026-11-01T12:00:00Z"), "none"],
  ["who may have had one with an earlier subscription", plan(19, 190), subscription("canceled", null), "if_new"],
  ["who is not signed in", plan(19, 190), undefined, "if_new"],
  ["a plan without a trial", plan(19, 190, 0), subscription(null, null), "none"],
] as const)("a trial for %s", (_, offered, current, trial) => {
  expect(trialOf(offered, current)).toBe(trial);
});

test("a trial that was promised is asked for, so that the API refuses rather than charges", () => {
  expect(trialRequest(plan(19, 190), "if_new")).toEqual({ trial_days: 7 });
  expect(trialRequest(plan(19, 190), "none")).toEqual({});
});

test("a year saves what twelve months cost more, rounded down", () => {
  expect(yearlySaving(plan(1900, 19_000), "usd")).toEqual({ amount: 3800, percent: 16 });
  expect(yearlySaving(plan(1000, 12_000), "usd")).toBeUndefined();
  expect(yearlySaving(plan(1900, 19_000), "eur")).toBeUndefined();
});
