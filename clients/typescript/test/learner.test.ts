// A learner's way through the API, on a running local stack.

import { expect, test } from "vitest";

import { pay, signIn } from "../../stack/learner.js";
import { createTuitionClient } from "../src/index.js";
import { buy, clientOfNewLearner, stack } from "./client.js";

const COURSE = "vector-search";

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("the catalog needs no token", async () => {
  const token = () => Promise.reject(new Error("nobody is signed in"));
  const client = createTuitionClient({ baseUrl: `${stack.api}/`, token });
  const { courses, products, plans } = await client.showCatalog();
  expect(courses.map(({ id }) => id)).toContain(COURSE);
  expect(products.find(({ id }) => id === COURSE)?.prices).toContainEqual(
    expect.objectContaining({ amount: 4900, currency: "usd" }),
  );
  expect(plans.map(({ tier }) => tier)).toContain("free");
});

test("a course is closed, is paid for, and is open", async () => {
  const client = await clientOfNewLearner();
  const path = { id: COURSE };
  expect(await client.checkAccess({ path })).toMatchObject({ has_access: false, because: { reason: "not_purchased" } });
  const { session_id, checkout_url } = await client.createSession({ body: { course_id: COURSE } });
  await pay(checkout_url);
  expect(await client.waitForCheckout(session_id)).toMatchObject({ status: "complete", fulfilled: true });
  const access = await client.checkAccess({ path });
  expect(access.because.reason).toBe("purchased");
  if (access.because.reason === "purchased") expect(access.because.source).toMatch(/^pi_/);
});

test("the token provider is asked for every request", async () => {
  const tokens = [await signIn(), await signIn()];
  let asked = 0;
  const client = createTuitionClient({ baseUrl: stack.api, token: () => Promise.resolve(tokens[asked++]) });
  await client.consumeUsage({ path: { meter: "ai_minutes" }, body: { quantity: 7 } });
  const { meters } = await client.showUsage();
  expect(meters.ai_minutes?.used).toBe(0);
  expect(asked).toBe(2);
});

test("an entitlement says which course a bundle has opened", async () => {
  const client = await clientOfNewLearner();
  const { products } = await client.showCatalog();
  const bundle = products.find(({ id }) => id === "practice-bundle");
  await buy(client, { price_id: bundle?.prices[0]?.price_id ?? "" });
  expect(await all(client.entitlements())).toMatchObject([
    { product: "practice-bundle", courses: bundle?.courses, has_access: true },
  ]);
});

test("lists are read to their end, whatever the size of a page", async () => {
  const client = await clientOfNewLearner();
  const ids = (courses: { id: string }[]) => courses.map(({ id }) => id);
  const inOnePage = ids((await client.listCourses()).items);
  expect(inOnePage.length).toBeGreaterThan(2);
  expect(ids(await all(client.courses({ limit: 2 })))).toEqual(inOnePage);
});

test("a subscription has invoices, and is changed, canceled and resumed", async () => {
  const client = await clientOfNewLearner();
  await buy(client, { plan_id: "premium", trial_days: 0 });
  expect(await client.showSubscription()).toMatchObject({ plan: "premium", status: "active", has_access: true });
  const preview = await client.previewChange({ body: { plan_id: "plus" } });
  expect(preview.amount_due).toBeGreaterThan(0);
  const { proration_date, amount_due } = preview;
  const changed = await client.changeSubscription({ body: { plan_id: "plus", proration_date, amount_due } });
  expect(changed.plan).toBe("plus");
  expect(await client.cancelSubscription()).toMatchObject({ cancel_at_period_end: true });
  expect(await client.resumeSubscription()).toMatchObject({ cancel_at_period_end: false });
  const amounts: number[] = [];
  for await (const invoice of client.invoices({ limit: 1 })) amounts.push(invoice.amount);
  expect(amounts.sort()).toEqual([1900, preview.amount_due].sort());
  const portal = await client.openPortal({ body: { flow: "payment_method_update" } });
  expect(portal.url).toMatch(/^http/);
});
