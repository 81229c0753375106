import { inject } from "vitest";

import { pay, signIn } from "../../stack/learner.js";
import { createTuitionClient, type CreateSessionRequest, type TuitionClient } from "../src/index.js";

/** The addresses of the stack. */
export const stack = inject("stack");

/** A client of a learner whom nobody knows yet. */
export async function clientOfNewLearner(): Promise<TuitionClient> {
  const token = await signIn();
  return createTuitionClient({ baseUrl: stack.api, token: () => token });
}

/** Buys by card what the request names, and waits until it is open. */
export async function buy(client: TuitionClient, request: CreateSessionRequest): Promise<void> {
  const { session_id, checkout_url } = await client.createSession({ body: request });
  await pay(checkout_url);
  await client.waitForCheckout(session_id);
}
