import type { CatalogPlanResponse, CatalogResponse, Interval, RecurringPriceResponse } from "@tuition/client";

const INTERVALS: Interval[] = ["day", "week", "month", "year"];

/** The intervals that any plan is paid in, from short to long. */
export function intervalsOf({ plans }: CatalogResponse): Interval[] {
  return INTERVALS.filter((interval) =>
    plans.some(({ prices }) => prices.some((price) => price.interval === interval)),
  );
}

export function priceFor(
  { prices }: CatalogPlanResponse,
  interval: Interval,
  currency: string,
): RecurringPriceResponse | undefined {
  return prices.find((price) => price.interval === interval && price.currency === currency);
}

export interface Saving {
  /** In minor units, in a year. */
  amount: number;
  /** Rounded down. */
  percent: number;
}

/** How much less a year costs than twelve months. */
export function yearlySaving(plan: CatalogPlanResponse, currency: string): Saving | undefined {
  const month = priceFor(plan, "month", currency);
  const year = priceFor(plan, "year", currency);
  if (!month || !year) return undefined;
  const amount = 12 * month.amount - year.amount;
  return amount > 0 ? { amount, percent: Math.floor((100 * amount) / (12 * month.amount)) } : undefined;
}

/** Whether the catalog lists `plan` after `other`: then it is the higher one. */
export function isHigher(plan: string, other: string, { plans }: CatalogResponse): boolean {
  const rank = (wanted: string) => plans.findIndex(({ id }) => id === wanted);
  return rank(plan) > rank(other);
}
