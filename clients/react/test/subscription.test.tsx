// A learner's subscription, its invoices and its limits.

import { act, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";

import { useAccess, useConsume, useInvoices, useSubscription, useUsage } from "../src/index.js";
import { buy, newLearner, SCHOOL, use } from "./school.js";

beforeEach(() => {
  window.location.href = `${SCHOOL}/account`;
});

test("a subscription is changed for what the preview has shown, canceled and resumed", async () => {
  const client = await newLearner();
  await buy(client, { plan_id: "premium", trial_days: 0 });
  const { result } = use(client, () => ({
    subscription: useSubscription(),
    track: useAccess("ai-engineer-track"),
    invoices: useInvoices(),
  }));
  await waitFor(() => {
    expect(result.current.subscription.data).toMatchObject({ plan: "premium", status: "active" });
    expect(result.current.track.data?.has_access).toBe(false);
    expect(result.current.invoices.data).toMatchObject([{ amount: 1900 }]);
  });

  act(() => {
    result.current.subscription.preview.mutate({ plan_id: "plus" });
  });
  await waitFor(() => {
    expect(result.current.subscription.preview.data?.amount_due).toBeGreaterThan(0);
  });
  const { amount_due, proration_date } = result.current.subscription.preview.data!;
  act(() => {
    result.current.subscription.change.mutate({ plan_id: "plus", proration_date, amount_due });
  });
  await waitFor(() => {
    expect(result.current.subscription.data?.plan).toBe("plus");
    expect(result.current.track.data?.has_access).toBe(true);
    expect(result.current.invoices.data?.map(({ amount }) => amount).sort()).toEqual([1900, amount_due].sort());
  });

  act(() => {
    result.current.subscription.cancel.mutate();
  });
  await waitFor(() => {
    expect(result.current.subscription.data?.cancel_at_period_end).toBe(true);
  });
  act(() => {
    result.current.subscription.resume.mutate();
  });
  await waitFor(() => {
    expect(result.current.subscription.data?.cancel_at_period_end).toBe(false);
  });
  act(() => {
    result.current.subscription.change.mutate({ plan_id: "plus" });
  });
  await waitFor(() => {
    expect(result.current.subscription.change.error).toMatchObject({ code: "same_plan", status: 409 });
  });
});

test("the portal leads back to the page", async () => {
  const client = await newLearner();
  await buy(client, { plan_id: "premium" });
  let page = "";
  const { result } = use(client, () => useSubscription({ navigate: (url) => (page = url) }));
  act(() => {
    result.current.openPortal.mutate();
  });
  await waitFor(() => {
    expect(page).not.toBe("");
  });
  expect(await (await fetch(page)).text()).toContain(`${SCHOOL}/account`);
});

test("older invoices come page by page", async () => {
  const client = await newLearner();
  await buy(client, { plan_id: "premium", trial_days: 0 });
  await client.changeSubscription({ body: { plan_id: "plus" } });
  const { result } = use(client, () => useInvoices({ limit: 1 }));
  await waitFor(() => {
    expect(result.current).toMatchObject({ data: [{}], hasNextPage: true });
  });
  act(() => {
    void result.current.fetchNextPage();
  });
  await waitFor(() => {
    expect(result.current.data).toHaveLength(2);
  });
  expect(result.current.hasNextPage).toBe(false);
  expect(new Set(result.current.data?.map(({ id }) => id)).size).toBe(2);
});

test("what is used is counted on the page, and a reached limit says until when", async () => {
  const client = await newLearner();
  const { result } = use(client, () => ({ usage: useUsage(), consume: useConsume("ai_minutes") }));
  await waitFor(() => {
    expect(result.current.usage.data?.ai_minutes).toMatchObject({ used: 0, limit: 30 });
  });
  act(() => {
    result.current.consume.mutate(29);
  });
  await waitFor(() => {
    expect(result.current.usage.data?.ai_minutes?.used).toBe(29);
  });
  const once = { quantity: 1, idempotencyKey: "minute-30" };
  await act(() => result.current.consume.mutateAsync(once));
  await act(() => result.current.consume.mutateAsync(once));
  await waitFor(() => {
    expect(result.current.usage.data?.ai_minutes).toMatchObject({ used: 30, allowed: false });
  });
  expect(result.current.consume.isLimitReached).toBe(false);
  act(() => {
    result.current.consume.mutate(1);
  });
  await waitFor(() => {
    expect(result.current.consume.isLimitReached).toBe(true);
  });
  expect(Date.parse(result.current.consume.error?.members.resets_at ?? "")).toBeGreaterThan(Date.now());
});
