import type {
  CatalogPlanResponse,
  CatalogResponse,
  RecurringPriceResponse,
  SubscriptionResponse,
} from "@tuition/client";

/** With one of these, or with none, another subscription can be begun. */
const ENDED = ["canceled", "incomplete_expired"];

/** With one of these the current period is in order; canceled, it stays open until its end. */
const IN_ORDER = ["active", "trialing", "payment_pending"];

/** It has begun and not ended, paid or not. */
export function isLive({ status }: SubscriptionResponse): boolean {
  return status !== null && !ENDED.includes(status);
}

/** The API would change it; otherwise a payment has to be mended first, or to arrive. */
export function canChange({ status, payment_problem }: SubscriptionResponse): boolean {
  return (status === "active" || status === "trialing") && payment_problem === null;
}

/** Canceled, it ends at once: its current period is not paid for. */
export function endsAtOnce({ status }: SubscriptionResponse): boolean {
  return status !== null && !IN_ORDER.includes(status);
}

/** The day on which it ends by a cancellation; `undefined` when it goes on. */
export function endOf(subscription: SubscriptionResponse): string | undefined {
  const { cancel_at, cancel_at_period_end, current_period_end } = subscription;
  return cancel_at ?? (cancel_at_period_end ? current_period_end : null) ?? undefined;
}

/** Its plan, and the price that is paid. Neither is known when the catalog does not have it any more. */
export function planAndPrice(
  { plan, price_id }: SubscriptionResponse,
  catalog: CatalogResponse,
): { plan: CatalogPlanResponse | undefined; price: RecurringPriceResponse | undefined } {
  const found = catalog.plans.find(({ id }) => id === plan);
  return { plan: found, price: found?.prices.find((price) => price.price_id === price_id) };
}
