import { delay } from "./delay.js";
import { TuitionError, type ErrorCode } from "./error.js";
import type { PaymentIntentResponse, SessionResponse } from "./generated/types.gen.js";

export interface WaitForCheckoutOptions {
  /** How long to wait, in milliseconds. A minute by default. */
  timeout?: number;
  signal?: AbortSignal;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 5_000;

/**
 * Asks how a checkout stands until what was bought is open.
 *
 * Throws a `TuitionError` when that cannot be waited for: `checkout_expired`, `checkout_unpaid` or `checkout_timeout`.
 */
export async function waitForCheckout(
  showSession: (signal: AbortSignal | undefined) => Promise<SessionResponse>,
  { timeout = 60_000, signal }: WaitForCheckoutOptions = {},
): Promise<SessionResponse> {
  const deadline = Date.now() + timeout;
  for (let wait = FIRST_DELAY; ; wait = Math.min(wait * 1.5, LONGEST_DELAY)) {
    const session = await showSession(signal);
    if (session.fulfilled) return session;
    if (session.status === "expired") throw gaveUp("checkout_expired", "The checkout expired unpaid.", session);
    if (session.status === "complete" && session.payment_status === "unpaid") {
      throw gaveUp("checkout_unpaid", "The checkout is complete, and its payment is on its way.", session);
    }
    const left = deadline - Date.now();
    if (left <= 0) {
      const what = session.status === "open" ? "paid" : "fulfilled";
      throw gaveUp("checkout_timeout", `The checkout was not ${what} within ${timeout} ms.`, session);
    }
    await delay(Math.min(wait, left), signal);
  }
}

/**
 * Asks how a payment stands until what was bought is open.
 *
 * Throws a `TuitionError` when that cannot be waited for: `checkout_expired` (the payment intent was canceled), `checkout_unpaid` (it
 * is processing, or was not paid) or `checkout_timeout`. `error.members.payment_intent` says how it stands.
 */
export async function waitForPaymentIntent(
  showPaymentIntent: (signal: AbortSignal | undefined) => Promise<PaymentIntentResponse>,
  { timeout = 60_000, signal }: WaitForCheckoutOptions = {},
): Promise<PaymentIntentResponse> {
  const deadline = Date.now() + timeout;
  for (let wait = FIRST_DELAY; ; wait = Math.min(wait * 1.5, LONGEST_DELAY)) {
    const payment_intent = await showPaymentIntent(signal);
    const { status, fulfilled } = payment_intent;
    if (fulfilled) return payment_intent;
    const stop = (code: ErrorCode, detail: string) => new TuitionError({ code, detail, members: { payment_intent } });
    if (status === "canceled") throw stop("checkout_expired", "The payment intent was canceled unpaid.");
    if (status === "processing") throw stop("checkout_unpaid", "The payment is on its way.");
    if (status === "requires_payment_method") throw stop("checkout_unpaid", "The payment intent is not paid.");
    const left = deadline - Date.now();
    if (left <= 0) throw stop("checkout_timeout", `The payment was not fulfilled within ${timeout} ms.`);
    await delay(Math.min(wait, left), signal);
  }
}

function gaveUp(code: ErrorCode, detail: string, session: SessionResponse): TuitionError {
  return new TuitionError({ code, detail, members: { session } });
}
