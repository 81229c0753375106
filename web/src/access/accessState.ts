import type { AccessReason, AccessResponse } from "@tuition/client";

import type { Messages } from "../i18n/en.ts";
import type { Format } from "../i18n/format.ts";

/** How a course stands, as a card shows it. */
export type AccessState = "open" | "locked" | "pending" | "problem" | "refunded" | "ended";

const DENIED: Record<AccessReason["reason"], AccessState> = {
  free_course: "open",
  purchased: "open",
  subscribed: "open",
  granted: "open",
  not_purchased: "locked",
  not_started: "locked",
  grant_expired: "ended",
  trial_used: "ended",
  subscription_ended: "ended",
  subscription_paused: "problem",
  subscription_refunded: "refunded",
  subscription_past_due: "problem",
  subscription_disputed: "problem",
  subscription_unknown: "problem",
  subscription_incomplete: "problem",
  subscription_payment_pending: "pending",
  payment_pending: "pending",
  payment_failed: "problem",
  refunded: "refunded",
  disputed: "problem",
};

export function accessState({ has_access, because }: AccessResponse): AccessState {
  // A newer API may have reasons that this build does not know.
  return has_access ? "open" : ((DENIED as Record<string, AccessState | undefined>)[because.reason] ?? "locked");
}

/** Why it is open or closed, in a sentence. */
export function accessReason({ because }: AccessResponse, text: Messages, format: Format): string {
  const date =
    "ended" in because
      ? because.ended
      : "starts_at" in because
        ? because.starts_at
        : "since" in because
          ? because.since
          : "";
  const sentence = text.reasons[because.reason] as ((date: string) => string) | undefined;
  return sentence?.(date === "" ? "" : format.date(date)) ?? because.reason;
}

/** The API would refuse a payment, or it would be a second one for the same thing. */
export function canBuy(access: AccessResponse | undefined): boolean {
  if (access === undefined) return true;
  const refused = ["not_started", "payment_pending", "subscription_payment_pending", "disputed"];
  const isWaiting = refused.includes(access.because.reason);
  return !access.has_access && !isWaiting;
}
