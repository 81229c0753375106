import type { CreateSessionRequest } from "@tuition/client";

import { rememberedCode } from "../referrals/rememberedCode.ts";

/** Something of the catalog that is bought for a price. */
export interface Purchase {
  price_id: string;
  /** The product or plan. */
  product: string;
  /** For a plan: the trial that was promised. */
  trial_days?: number;
  promotion_code?: string;
}

/** The checkout of a purchase, which leads back to `from`, the path of the page with the offer. */
export function checkoutRequest({ product, ...order }: Purchase, from: string): CreateSessionRequest {
  const cancel = new URLSearchParams({ from });
  const success = new URLSearchParams({ product, from });
  const code = rememberedCode();
  return {
    ...order,
    ...(code !== undefined && { referral_code: code }),
    // Stripe does not know its placeholder when the braces are encoded.
    success_url: `${location.origin}/checkout/success?session_id={CHECKOUT_SESSION_ID}&${success}`,
    cancel_url: `${location.origin}/checkout/cancel?${cancel}`,
  };
}
