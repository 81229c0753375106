import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { CreateSessionRequest, CreateSessionResponse, SessionResponse, TuitionError } from "@tuition/client";
import { useEffect } from "react";

import { refreshAccess } from "./cache.js";
import { useTuitionClient } from "./provider.js";

/** The parameter in which the payment page's return has the session. */
const SESSION_PARAMETER = "session_id";

export interface UseCheckoutOptions {
  /** Leads to the payment page; by default, this page gives way to it. `session` says what became of a referral code. */
  navigate?: (checkoutUrl: string, session: CreateSessionResponse) => unknown;
}

export type UseCheckoutResult = UseMutationResult<CreateSessionResponse, TuitionError, CreateSessionRequest> & {
  /** The checkout is being opened, or the page is on its way to it. */
  isLoading: boolean;
  /** The learner has it already, or has a live subscription of the plan's family. */
  isAlreadyOwned: boolean;
};

/**
 * Opens a checkout and leads to its page: `checkout.mutate({ course_id: "vector-search" })`.
 *
 * Whoever has paid comes back to this page with `?session_id=`, for `useCheckoutResult`, unless the request has a
 * `success_url`. Whoever has not comes back to this page as it is, unless it has a `cancel_url`.
 */
export function useCheckout({ navigate = leaveFor }: UseCheckoutOptions = {}): UseCheckoutResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const mutation = useMutation<CreateSessionResponse, TuitionError, CreateSessionRequest>({
    mutationFn: async (request) => {
      const session = await client.createSession({ body: { ...returnUrls(), ...request } });
      await navigate(session.checkout_url, session);
      return session;
    },
    onError: async (error) => {
      // It was bought elsewhere, or is being paid, and this page does not know.
      if (error.status === 409) await refreshAccess(queries);
    },
  });
  const { reset } = mutation;
  useEffect(() => {
    // The browser's back button may bring the page back as it was left.
    const onPageShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) reset();
    };
    window.addEventListener("pageshow", onPageShow);
    return () => {
      window.removeEventListener("pageshow", onPageShow);
    };
  }, [reset]);
  return {
    ...mutation,
    isLoading: mutation.isPending || mutation.isSuccess,
    isAlreadyOwned: mutation.error?.code === "already_owned",
  };
}

/** Where a checkout stands that the learner comes back from. */
export type CheckoutResultState = "none" | "waiting" | "fulfilled" | "unpaid" | "expired" | "failed";

export type UseCheckoutResultResult = UseQueryResult<SessionResponse, TuitionError> & {
  /**
   * - `none`: There is no session to wait for.
   * - `waiting`: What was bought is not recorded yet.
   * - `fulfilled`: It is recorded; access says whether it is open.
   * - `unpaid`: It opens when the payment arrives, which takes days (a bank debit).
   * - `expired`: The page was closed unpaid.
   * - `failed`: It could not be found out; see `error`.
   */
  state: CheckoutResultState;
};

/**
 * Waits until what was bought is open, and then fetches anew whatever depends on it.
 *
 * The session is that of the page's address, `?session_id=`, unless another one is given.
 */
export function useCheckoutResult(sessionId: string | null | undefined = sessionOfPage()): UseCheckoutResultResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const id = sessionId ?? "";
  const query = useQuery<SessionResponse, TuitionError>({
    queryKey: [{ _id: "waitForCheckout", baseUrl: client.getConfig().baseUrl, path: { id } }],
    queryFn: ({ signal }) => client.waitForCheckout(id, { signal }),
    enabled: id !== "",
    // It does not change any more.
    staleTime: Infinity,
    retry: false,
  });
  const { isSuccess } = query;
  useEffect(() => {
    if (isSuccess) void refreshAccess(queries);
  }, [isSuccess, queries]);
  return { ...query, state: stateOf(id, query) };
}

function stateOf(id: string, { isSuccess, error }: UseQueryResult<SessionResponse, TuitionError>): CheckoutResultState {
  if (id === "") return "none";
  if (isSuccess) return "fulfilled";
  if (error === null) return "waiting";
  if (error.code === "checkout_unpaid") return "unpaid";
  return error.code === "checkout_expired" ? "expired" : "failed";
}

function leaveFor(url: string): void {
  window.location.assign(url);
}

/** This page, without the session of an earlier checkout, and with that of this one, which Stripe writes. */
function returnUrls(): Pick<CreateSessionRequest, "success_url" | "cancel_url"> {
  const page = new URL(window.location.href);
  page.searchParams.delete(SESSION_PARAMETER);
  const cancel_url = page.href;
  page.searchParams.set(SESSION_PARAMETER, "SESSION");
  // Stripe does not know its placeholder when the braces are encoded.
  const success_url = page.href.replace(`${SESSION_PARAMETER}=SESSION`, `${SESSION_PARAMETER}={CHECKOUT_SESSION_ID}`);
  return { success_url, cancel_url };
}

function sessionOfPage(): string | null {
  return typeof window === "undefined" ? null : new URLSearchParams(window.location.search).get(SESSION_PARAMETER);
}
