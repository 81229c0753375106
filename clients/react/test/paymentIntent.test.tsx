// A payment on the page, by the hooks, on a running local stack.

import { waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { confirm } from "../../stack/learner.js";
import { useAccess, usePaymentIntent, usePaymentIntentResult } from "../src/index.js";
import { buy, newLearner, SCHOOL, use } from "./school.js";

const REQUEST = { course_id: "fine-tuning", currency: "usd" };

test("what is paid on the page is open as soon as the hook says so", async () => {
  const client = await newLearner();
  window.location.href = `${SCHOOL}/`;
  const page = use(client, () => {
    const intent = usePaymentIntent(REQUEST);
    return { intent, access: useAccess("fine-tuning") };
  });
  await waitFor(() => {
    expect(page.result.current.intent.data).toBeDefined();
  });
  const intent = page.result.current.intent.data!;
  const { checkout_url } = await client.createSession({ body: { course_id: "vector-search" } });
  await confirm(new URL(checkout_url).origin, intent);

  const after = use(client, () => ({
    result: usePaymentIntentResult(intent.payment_intent_id),
    none: usePaymentIntentResult(undefined),
    access: useAccess("fine-tuning"),
  }));
  await waitFor(() => {
    expect(after.result.current.result.state).toBe("fulfilled");
  });
  await waitFor(() => {
    expect(after.result.current.access.data?.has_access).toBe(true);
  });
  expect(after.result.current.none.state).toBe("none");
});

test("what the learner has already is not to be paid again", async () => {
  const client = await newLearner();
  await buy(client, REQUEST);
  const page = use(client, () => usePaymentIntent(REQUEST));
  await waitFor(() => {
    expect(page.result.current.isAlreadyOwned).toBe(true);
  });
  expect(page.result.current.isUnavailable).toBe(false);
});

test("a payment that is canceled, declined or on its way says so", async () => {
  const client = await newLearner();
  const intent = await client.createPaymentIntent({ body: REQUEST });
  const { payment_intent_id: id } = intent;
  const state = async () => {
    const page = use(client, () => usePaymentIntentResult(id));
    await waitFor(() => {
      expect(page.result.current.state).not.toBe("waiting");
    });
    return page.result.current.state;
  };
  expect(await state()).toBe("unpaid");
  const { checkout_url } = await client.createSession({ body: REQUEST });
  expect(await state()).toBe("canceled");
  const debit = await client.createPaymentIntent({ body: REQUEST });
  await confirm(new URL(checkout_url).origin, debit, "us_bank_account");
  const page = use(client, () => usePaymentIntentResult(debit.payment_intent_id));
  await waitFor(() => {
    expect(page.result.current.state).toBe("processing");
  });
});
