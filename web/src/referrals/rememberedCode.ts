// The referral code that a learner came with. It waits in the browser for the first purchase.

import type { ReferralRefusal } from "@tuition/client";

const CODE = "tuition.referral";
const REFUSAL = "tuition.referral.refusal";
const DAYS = 30;
const DAY_MS = 86_400_000;

interface Remembered {
  code: string;
  /** Milliseconds since 1970. */
  until: number;
}

/** Remembers a code for 30 days. The first one wins. */
export function rememberCode(code: string, now = Date.now()): void {
  if (rememberedCode(now) !== undefined) return;
  localStorage.setItem(CODE, JSON.stringify({ code, until: now + DAYS * DAY_MS } satisfies Remembered));
}

/** The code to send with a checkout. */
export function rememberedCode(now = Date.now()): string | undefined {
  const { code, until } = readRemembered();
  return typeof code === "string" && typeof until === "number" && now < until ? code : undefined;
}

/** After a purchase, or when it does not count for this learner: the next link may count. */
export function forgetCode(): void {
  localStorage.removeItem(CODE);
}

/** Whatever the storage has: other scripts and people can write there. */
function readRemembered(): Partial<Record<keyof Remembered, unknown>> {
  try {
    return (JSON.parse(localStorage.getItem(CODE) ?? "{}") ?? {}) as Partial<Remembered>;
  } catch {
    return {};
  }
}

/** What a checkout's response says of the code that was sent. */
export type CheckoutReferral = { applied: boolean; reason: ReferralRefusal | null } | null | undefined;

/** Keeps why a code does not count, for the page that follows the payment, and forgets the code. */
export function keepRefusal(referral: CheckoutReferral): void {
  if (!referral || referral.applied) return;
  forgetCode();
  if (referral.reason !== null) sessionStorage.setItem(REFUSAL, referral.reason);
}

/** Why the code of the last checkout did not count. */
export function keptRefusal(): string | undefined {
  return sessionStorage.getItem(REFUSAL) ?? undefined;
}

export function dropRefusal(): void {
  sessionStorage.removeItem(REFUSAL);
}
