// How much of a price the learner's credit pays. All amounts are in minor units.

/** Stripe takes no smaller payment than this, in the currencies of most schools: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
export const STRIPE_MINIMUM = 50;

export interface CreditUse {
  /** Of the credit. */
  used: number;
  /** What is still to be paid. */
  left: number;
}

/**
 * What credit pays of a price, by the rule of the API: as much as there is, but what is left is 0, or enough for Stripe.
 * Where a payment of 0 cannot be made, as on the shop's own page, it is always enough for Stripe.
 */
export function creditUse(price: number, available: number, canBeFree: boolean): CreditUse {
  const used = Math.max(0, Math.min(available, price));
  const left = price - used;
  const isPayable = left >= STRIPE_MINIMUM || (left === 0 && canBeFree);
  if (isPayable) return { used, left };
  const most = Math.max(0, price - STRIPE_MINIMUM);
  return { used: most, left: price - most };
}

/** What a checkout's response says of the credit that it uses. An older API says nothing. */
export interface CheckoutCredit {
  used: number;
  currency: string;
}

export function checkoutCredit(response: object): CheckoutCredit | undefined {
  const { credit } = response as { credit?: CheckoutCredit | null };
  return credit && credit.used > 0 ? credit : undefined;
}
