// What a learner does on the local stack beside calling the API: sign in, and fill in the payment page.

import { inject } from "vitest";

const { identity } = inject("stack");
let learners = 0;

/** An e-mail address that nobody has used on this stack. */
export function newLearner(): string {
  learners += 1;
  return `learner-${Date.now().toString(36)}-${process.pid}-${learners}@example.com`;
}

/** An ID token of the local identity provider. */
export async function signIn(email: string = newLearner()): Promise<string> {
  const response = await fetch(`${identity}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email }),
  });
  const { id_token } = (await response.json()) as { id_token: string };
  return id_token;
}

const VALID_CARD = { method: "card", card_number: "4242 4242 4242 4242", exp: "12/40", cvc: "123" };

/** Fills in the payment page at `checkoutUrl`, with a card that pays if nothing else is said. */
export async function pay(checkoutUrl: string, fields: Record<string, string> = VALID_CARD): Promise<void> {
  const body = new URLSearchParams({ email: "ada@example.com", name: "Ada", ...fields });
  const response = await fetch(checkoutUrl, { method: "POST", body, redirect: "manual" });
  if (response.status !== 303) throw new Error(`The payment page answered ${response.status}.`);
}

/** A payment intent, as the API answers it. */
export interface PaymentIntent {
  payment_intent_id: string;
  client_secret: string;
  publishable_key: string;
}

/** Confirms a payment intent at `stripe`, as Stripe.js does in a browser: with a test card, or with a type of bank debit. */
export async function confirm(stripe: string, intent: PaymentIntent, method = "pm_card_visa"): Promise<void> {
  const { payment_intent_id, client_secret, publishable_key: key } = intent;
  const name = method.startsWith("pm_") ? "payment_method" : "payment_method_data[type]";
  const body = new URLSearchParams({ [name]: method, client_secret, key });
  const response = await fetch(`${stripe}/v1/payment_intents/${payment_intent_id}/confirm`, { method: "POST", body });
  // 402: the card was declined.
  if (!response.ok && response.status !== 402) throw new Error(await response.text());
}
