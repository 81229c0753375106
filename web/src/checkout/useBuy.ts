import type { TuitionError } from "@tuition/client";
import { useCheckout } from "@tuition/react";
import { useContext } from "react";
import { useLocation } from "react-router";

import { useSession } from "../auth/SessionProvider.tsx";
import { withoutPayment } from "../payment/payParameter.ts";
import { keepRefusal } from "../referrals/rememberedCode.ts";
import { checkoutRequest, type Purchase } from "./checkoutRequest.ts";
import { RefusalContext } from "./refusal.ts";

export interface Buying {
  /** Leads to the payment page; whoever is not signed in signs in on the way. */
  buy: (purchase: Purchase) => void;
  /** Whether credit may pay all of it: Stripe's page takes orders of nothing. */
  canBeFree: boolean;
  /** The price whose payment page is being opened. */
  opening: string | undefined;
  error: TuitionError | null;
  /** The price that the error is about. */
  failed: string | undefined;
}

export function useBuy(): Buying {
  const { learner, signIn } = useSession();
  const checkout = useCheckout({
    navigate: (checkoutUrl, { referral }) => {
      keepRefusal(referral);
      location.assign(checkoutUrl);
    },
  });
  const refusal = useContext(RefusalContext);
  const { pathname } = useLocation();
  const refused = checkout.isIdle && refusal?.path === pathname ? refusal : undefined;
  return {
    buy: (purchase) => {
      if (learner === undefined) void signIn(purchase);
      else checkout.mutate(checkoutRequest(purchase, withoutPayment(location)));
    },
    canBeFree: true,
    opening: checkout.isLoading ? (checkout.variables?.price_id ?? undefined) : undefined,
    error: refused?.error ?? checkout.error,
    failed: refused?.priceId ?? (checkout.isError ? (checkout.variables.price_id ?? undefined) : undefined),
  };
}
