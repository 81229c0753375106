import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "react-router";

import { useSession } from "../auth/SessionProvider.tsx";
import type { Buying } from "../checkout/useBuy.ts";
import { useConfig } from "../configContext.tsx";
import { PAY } from "./payParameter.ts";

export interface PaymentOnPage {
  /** The price that is to be paid on this page. */
  price: string | undefined;
  /** Begins the payment on this page, where that can be; whoever is not signed in signs in first. */
  buying: Buying;
  /** Goes back to what is offered. */
  close: () => void;
}

/** Pays products on the page, instead of on Stripe's, as `checkout` does. */
export function usePaymentOnPage(checkout: Buying): PaymentOnPage {
  const { stripe_publishable_key } = useConfig();
  const { learner, signIn } = useSession();
  const [parameters, setParameters] = useSearchParams();
  const isPossible = typeof stripe_publishable_key === "string" && stripe_publishable_key !== "";
  const begin: Buying["buy"] = ({ price_id }) => {
    setParameters((current) => withParameter(current, price_id), { preventScrollReset: true });
    // It comes back to the address that has the price.
    if (learner === undefined) void signIn();
  };
  return {
    price: isPossible && learner ? (parameters.get(PAY) ?? undefined) : undefined,
    buying: isPossible ? { ...checkout, buy: begin, canBeFree: false } : checkout,
    close: () => setParameters((current) => withParameter(current, undefined), { preventScrollReset: true }),
  };
}

function withParameter(parameters: URLSearchParams, price: string | undefined): URLSearchParams {
  const changed = new URLSearchParams(parameters);
  if (price === undefined) changed.delete(PAY);
  else changed.set(PAY, price);
  return changed;
}

/** The page of a course, with a payment begun. */
export function paymentAddress(courseId: string, price: string): string {
  return `/courses/${courseId}?${new URLSearchParams({ [PAY]: price })}`;
}

/** What Stripe adds to the address that a payment returns to. */
const RETURNED = ["payment_intent", "payment_intent_client_secret", "redirect_status"];

/**
 * The payment intent of whoever comes back from a bank's page, until it is settled. It is taken out of the address at once: the client
 * secret does not belong into the history, and a reload does not show the payment again.
 */
export function useReturnedPayment(): [id: string | undefined, forget: () => void] {
  const [parameters, setParameters] = useSearchParams();
  const [id, setId] = useState(() => parameters.get("payment_intent") ?? undefined);
  const hasReturned = RETURNED.some((name) => parameters.has(name));
  useEffect(() => {
    if (!hasReturned) return;
    setParameters((current) => new URLSearchParams([...current].filter(([name]) => !RETURNED.includes(name))), {
      replace: true,
      preventScrollReset: true,
    });
  }, [hasReturned, setParameters]);
  return [id, useCallback(() => setId(undefined), [])];
}
