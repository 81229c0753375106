// Waiting for a checkout, on a running local stack.

import { expect, test } from "vitest";

import { pay } from "../../stack/learner.js";
import { clientOfNewLearner } from "./client.js";

const body = { course_id: "fine-tuning" };

test("a payment that comes later is waited for", async () => {
  const client = await clientOfNewLearner();
  const { session_id, checkout_url } = await client.createSession({ body });
  const waiting = client.waitForCheckout(session_id);
  await pay(checkout_url);
  expect((await waiting).fulfilled).toBe(true);
});

test("a bank debit, which takes days, is not waited for", async () => {
  const client = await clientOfNewLearner();
  const { session_id, checkout_url } = await client.createSession({ body });
  await pay(checkout_url, { method: "bank_debit" });
  await expect(client.waitForCheckout(session_id)).rejects.toMatchObject({
    code: "checkout_unpaid",
    members: { session: { status: "complete", payment_status: "unpaid" } },
  });
});

test("a checkout that another one has replaced is over", async () => {
  const client = await clientOfNewLearner();
  const { session_id } = await client.createSession({ body });
  await client.createSession({ body: { ...body, currency: "eur" } });
  await expect(client.waitForCheckout(session_id)).rejects.toMatchObject({ code: "checkout_expired" });
});

test("waiting ends with the time, with an abort, and with somebody else's checkout", async () => {
  const client = await clientOfNewLearner();
  const { session_id } = await client.createSession({ body });
  await expect(client.waitForCheckout(session_id, { timeout: 10 })).rejects.toMatchObject({
    code: "checkout_timeout",
    message: "The checkout was not paid within 10 ms.",
  });
  const reason = new Error("the page was left");
  const controller = new AbortController();
  const waiting = client.waitForCheckout(session_id, { signal: controller.signal });
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  const other = await clientOfNewLearner();
  await expect(other.waitForCheckout(session_id)).rejects.toMatchObject({ code: "not_found", status: 404 });
});
