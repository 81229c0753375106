import type { Referral } from "@tuition/react";

/** The first day on which held credit in a currency can be spent; `undefined` while no day says so. */
export function heldUntil(history: Referral[], currency: string): string | undefined {
  const days = history
    .filter((one) => one.state === "confirmed" && one.currency === currency && one.amount > 0)
    .flatMap(({ available_at }) => available_at ?? []);
  // All of them are in UTC, in the same form.
  return days.sort()[0];
}
