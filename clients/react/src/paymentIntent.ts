import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import type {
  CreatePaymentIntentRequest,
  CreatePaymentIntentResponse,
  PaymentIntentResponse,
  TuitionError,
} from "@tuition/client";
import { useEffect } from "react";

import { refreshAccess } from "./cache.js";
import { useTuitionClient } from "./provider.js";

export type UsePaymentIntentResult = UseQueryResult<CreatePaymentIntentResponse, TuitionError> & {
  /** The installation takes no payments on the page: open a checkout. */
  isUnavailable: boolean;
  /** The learner has it already. */
  isAlreadyOwned: boolean;
};

/**
 * The payment intent for one product, to be paid on this page with Stripe.js: give its `client_secret` to Stripe's `<Elements>`.
 *
 * There is at most one open way to pay per learner and product. Asking again answers the same payment intent; `refetch` gets another
 * one when it was canceled, as a checkout that is opened in another tab does.
 */
export function usePaymentIntent(request: CreatePaymentIntentRequest): UsePaymentIntentResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const query = useQuery<CreatePaymentIntentResponse, TuitionError>({
    queryKey: [{ _id: "createPaymentIntent", baseUrl: client.getConfig().baseUrl, body: request }],
    queryFn: ({ signal }) => client.createPaymentIntent({ body: request, signal }),
    // A page that is shown again asks again. Meanwhile nothing may change below what is entered.
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
  });
  const isRefused = query.error?.status === 409;
  useEffect(() => {
    // It was bought elsewhere, or is being paid, and this page does not know.
    if (isRefused) void refreshAccess(queries);
  }, [isRefused, queries]);
  const { error } = query;
  return {
    ...query,
    // An API that is older than these routes knows no such path.
    isUnavailable: error?.code === "payment_intents_disabled" || error?.status === 404,
    isAlreadyOwned: error?.code === "already_owned",
  };
}

/** Where a payment stands that was made on the page. */
export type PaymentIntentResultState =
  "none" | "waiting" | "fulfilled" | "processing" | "unpaid" | "canceled" | "failed";

export type UsePaymentIntentResultResult = UseQueryResult<PaymentIntentResponse, TuitionError> & {
  /**
   * - `none`: There is no payment to wait for.
   * - `waiting`: What was bought is not recorded yet.
   * - `fulfilled`: It is recorded; access says whether it is open.
   * - `processing`: It opens when the payment arrives, which takes days (a bank debit).
   * - `unpaid`: The payment did not succeed, and can be tried again.
   * - `canceled`: The payment intent was canceled.
   * - `failed`: It could not be found out; see `error`.
   */
  state: PaymentIntentResultState;
};

/** Waits until what was paid is open, and then fetches anew whatever depends on it. */
export function usePaymentIntentResult(paymentIntentId: string | null | undefined): UsePaymentIntentResultResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const id = paymentIntentId ?? "";
  const query = useQuery<PaymentIntentResponse, TuitionError>({
    queryKey: [{ _id: "waitForPaymentIntent", baseUrl: client.getConfig().baseUrl, path: { id } }],
    queryFn: ({ signal }) => client.waitForPaymentIntent(id, { signal }),
    enabled: id !== "",
    // It does not change any more; one that failed may be tried again.
    staleTime: ({ state }) => (state.status === "success" ? Infinity : 0),
    gcTime: 0,
    retry: false,
  });
  const state = stateOf(id, query);
  useEffect(() => {
    if (state === "fulfilled" || state === "processing") void refreshAccess(queries);
  }, [state, queries]);
  return { ...query, state };
}

function stateOf(
  id: string,
  { isSuccess, error }: UseQueryResult<PaymentIntentResponse, TuitionError>,
): PaymentIntentResultState {
  if (id === "") return "none";
  if (isSuccess) return "fulfilled";
  if (error === null) return "waiting";
  if (error.code === "checkout_expired") return "canceled";
  if (error.code !== "checkout_unpaid") return "failed";
  const intent = error.members.payment_intent as PaymentIntentResponse | undefined;
  return intent?.status === "processing" ? "processing" : "unpaid";
}
