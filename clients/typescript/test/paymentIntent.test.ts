// Waiting for a payment on the page, on a running local stack.

import { expect, test } from "vitest";

import { confirm } from "../../stack/learner.js";
import type { TuitionClient } from "../src/index.js";
import { clientOfNewLearner } from "./client.js";

const body = { course_id: "fine-tuning", currency: "usd" };

/** The address of Stripe: that of its page. */
async function stripeOf(client: TuitionClient): Promise<string> {
  const { checkout_url } = await client.createSession({ body: { course_id: "vector-search" } });
  return new URL(checkout_url).origin;
}

test("a payment that succeeded is open", async () => {
  const client = await clientOfNewLearner();
  const intent = await client.createPaymentIntent({ body });
  await confirm(await stripeOf(client), intent);
  expect(await client.waitForPaymentIntent(intent.payment_intent_id)).toEqual({ status: "succeeded", fulfilled: true });
});

test("a bank debit, a declined card and a payment that another one has replaced are not waited for", async () => {
  const client = await clientOfNewLearner();
  const stripe = await stripeOf(client);
  const declined = await client.createPaymentIntent({ body });
  await confirm(stripe, declined, "pm_card_chargeDeclined");
  await expect(client.waitForPaymentIntent(declined.payment_intent_id)).rejects.toMatchObject({
    code: "checkout_unpaid",
    members: { payment_intent: { status: "requires_payment_method" } },
  });

  await client.createSession({ body });
  await expect(client.waitForPaymentIntent(declined.payment_intent_id)).rejects.toMatchObject({
    code: "checkout_expired",
  });

  const debit = await client.createPaymentIntent({ body });
  await confirm(stripe, debit, "us_bank_account");
  await expect(client.waitForPaymentIntent(debit.payment_intent_id)).rejects.toMatchObject({
    code: "checkout_unpaid",
    members: { payment_intent: { status: "processing" } },
  });
});

test("somebody else's payment is not found", async () => {
  const client = await clientOfNewLearner();
  const { payment_intent_id } = await client.createPaymentIntent({ body });
  const other = await clientOfNewLearner();
  await expect(other.waitForPaymentIntent(payment_intent_id)).rejects.toMatchObject({ code: "not_found", status: 404 });
});
