import { waitForCheckout, waitForPaymentIntent, type WaitForCheckoutOptions } from "./checkout.js";
import { toTuitionError, TuitionError } from "./error.js";
import { createClient, createConfig, type Client } from "./generated/client/index.js";
import * as operations from "./generated/sdk.gen.js";
import type {
  CourseEnrollmentResponse,
  CourseListItemResponse,
  EntitlementResponse,
  InvoiceResponse,
  PaymentResponse,
  PaymentIntentResponse,
  SessionResponse,
} from "./generated/types.gen.js";
import { itemsOf, type ListOptions } from "./pages.js";
import { retryingFetch, type RetryOptions } from "./retry.js";

export interface TuitionClientOptions {
  /** The address of the API: `http://127.0.0.1:9000` of the local stack. */
  baseUrl: string;
  /** The ID token of whoever is signed in. It is called for every request but that of the catalog. */
  token?: () => string | undefined | Promise<string | undefined>;
  /** How requests are tried again. */
  retry?: RetryOptions;
  /** Another `fetch` than the global one. */
  fetch?: typeof globalThis.fetch;
}

type Operations = typeof operations;

/** A method for each operation of the API, and what goes beyond one call. Every method throws `TuitionError`. */
export interface TuitionClient extends Client, Operations {
  /** All courses with the caller's access, page after page. */
  courses(options?: ListOptions): AsyncGenerator<CourseListItemResponse, void, undefined>;
  /** Every course that the caller has or had, the one that was worked on last first, page after page. */
  enrollments(options?: ListOptions): AsyncGenerator<CourseEnrollmentResponse, void, undefined>;
  /** All products that the caller has to do with, page after page. */
  entitlements(options?: ListOptions): AsyncGenerator<EntitlementResponse, void, undefined>;
  /** All invoices, the newest first, page after page. */
  invoices(options?: ListOptions): AsyncGenerator<InvoiceResponse, void, undefined>;
  /** All payments, the newest first, page after page. */
  payments(options?: ListOptions): AsyncGenerator<PaymentResponse, void, undefined>;
  /**
   * Waits until what was bought in a checkout is open.
   *
   * Throws `checkout_expired`, `checkout_unpaid` (a bank debit takes days) or `checkout_timeout`.
   */
  waitForCheckout(sessionId: string, options?: WaitForCheckoutOptions): Promise<SessionResponse>;
  /**
   * Waits until what was paid with a payment intent is open.
   *
   * Throws `checkout_expired`, `checkout_unpaid` (a bank debit takes days) or `checkout_timeout`.
   */
  waitForPaymentIntent(paymentIntentId: string, options?: WaitForCheckoutOptions): Promise<PaymentIntentResponse>;
}

/** A client of the API at `baseUrl`. */
export function createTuitionClient({ baseUrl, token, retry, fetch }: TuitionClientOptions): TuitionClient {
  const client = createClient(
    createConfig({
      baseUrl: baseUrl.replace(/\/+$/, ""),
      throwOnError: true,
      fetch: retryingFetch((...call) => (fetch ?? globalThis.fetch)(...call), retry),
      auth: () => tokenOf(token),
    }),
  );
  client.interceptors.request.use(addIdempotencyKey);
  client.interceptors.error.use(toTuitionError);
  const {
    listCourses,
    listEnrollments,
    listEntitlements,
    listInvoices,
    listPayments,
    showSession,
    showPaymentIntent,
    ...others
  } = bind(client);
  return {
    ...client,
    ...others,
    listCourses,
    listEnrollments,
    listEntitlements,
    listInvoices,
    listPayments,
    showSession,
    showPaymentIntent,
    courses: (options) => itemsOf(listCourses, options),
    enrollments: (options) => itemsOf(listEnrollments, options),
    entitlements: (options) => itemsOf(listEntitlements, options),
    invoices: (options) => itemsOf(listInvoices, options),
    payments: (options) => itemsOf(listPayments, options),
    waitForCheckout: (id, options) => waitForCheckout((signal) => showSession({ path: { id }, signal }), options),
    waitForPaymentIntent: (id, options) =>
      waitForPaymentIntent((signal) => showPaymentIntent({ path: { id }, signal }), options),
  };
}

async function tokenOf(provider: TuitionClientOptions["token"]): Promise<string | undefined> {
  try {
    return await provider?.();
  } catch (cause) {
    throw new TuitionError({ code: "token_error", detail: "The token provider failed.", cause });
  }
}

/** The generated operations, all of them with this client. */
function bind(client: Client): Operations {
  const bound = Object.entries(operations).map(([name, operation]) => [
    name,
    (options?: object) => (operation as (options: object) => unknown)({ ...options, client }),
  ]);
  return Object.fromEntries(bound) as Operations;
}

/** Usage counts once per key: with one of its own, a request that is tried again counts once. */
function addIdempotencyKey(request: Request): Request {
  const isUsage = request.method === "POST" && /\/usage\/[^/]+$/.test(new URL(request.url).pathname);
  if (isUsage && !request.headers.has("idempotency-key")) {
    request.headers.set("idempotency-key", randomKey());
  }
  return request;
}

/** Like `crypto.randomUUID`, which pages without TLS do not have. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
