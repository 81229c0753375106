// Shows what a card says about every reason for which a course is open or closed.

import type { AccessReason, AccessResponse } from "@tuition/client";
import { describe, expect, test } from "vitest";

import { AccessBadge } from "../../src/access/AccessBadge.tsx";
import { accessReason, canBuy } from "../../src/access/accessState.ts";
import { de } from "../../src/i18n/de.ts";
import { en } from "../../src/i18n/en.ts";
import { es } from "../../src/i18n/es.ts";
import { formatFor } from "../../src/i18n/format.ts";
import { renderInShop } from "./shop.tsx";

const SINCE = { product: "p", source: "pi_1", since: "2026-11-20T12:00:00Z" };
const SUBSCRIPTION = { product: "premium", source: "sub_1", since: SINCE.since, status: "active" } as const;

/** A reason, what the badge says, and whether it can be bought. */
const REASONS: [AccessReason, string, boolean][] = [
  [{ reason: "free_course" }, "Open", false],
  [{ reason: "purchased", ...SINCE }, "Open", false],
  [{ reason: "subscribed", ...SUBSCRIPTION }, "Open", false],
  [{ reason: "granted", ...SINCE }, "Open", false],
  [{ reason: "not_purchased" }, "Locked", true],
  [{ reason: "not_started", starts_at: SINCE.since }, "Locked", false],
  [{ reason: "grant_expired", source: "g", ended: SINCE.since }, "Ended", true],
  [{ reason: "trial_used", ...SUBSCRIPTION }, "Ended", true],
  [{ reason: "subscription_ended", ...SUBSCRIPTION }, "Ended", true],
  [{ reason: "subscription_paused", ...SUBSCRIPTION }, "Payment problem", true],
  [{ reason: "subscription_refunded", ...SUBSCRIPTION }, "Refunded", true],
  [{ reason: "subscription_past_due", ...SUBSCRIPTION }, "Payment problem", true],
  [{ reason: "subscription_disputed", ...SUBSCRIPTION }, "Payment problem", true],
  [{ reason: "subscription_unknown", ...SUBSCRIPTION }, "Payment problem", true],
  [{ reason: "subscription_incomplete", ...SUBSCRIPTION }, "Payment problem", true],
  [{ reason: "subscription_payment_pending", ...SUBSCRIPTION }, "Payment on its way", false],
  [{ reason: "payment_pending", ...SINCE }, "Payment on its way", false],
  [{ reason: "payment_failed", ...SINCE }, "Payment problem", true],
  [{ reason: "refunded", ...SINCE }, "Refunded", true],
  [{ reason: "disputed", dispute: "dp_1", ...SINCE }, "Payment problem", false],
];

describe.each(REASONS)("$reason", (because, badge, isForSale) => {
  const access: AccessResponse = { has_access: badge === "Open", because, until: null };

  test(`the badge says ${badge}`, () => {
    const { container } = renderInShop(<AccessBadge access={access} />);
    expect(container.textContent).toBe(badge);
  });

  test(isForSale ? "it can be bought" : "it cannot be bought", () => {
    expect(canBuy(access)).toBe(isForSale);
  });

  test("every language has a sentence for it", () => {
    for (const text of [en, de, es]) {
      expect(accessReason(access, text, formatFor("en"))).toMatch(/^\p{Lu}.*\.$/u);
    }
  });
});

test("access that ends says when", () => {
  const access: AccessResponse = {
    has_access: true,
    because: { reason: "subscribed", ...SUBSCRIPTION },
    until: "2026-12-01T12:00:00Z",
  };
  const { container } = renderInShop(<AccessBadge access={access} />);
  expect(container.textContent).toMatch(/^Open until .*2026$/);
});

test("a reason of a newer API is shown as locked, with its name", () => {
  const because = { reason: "on_the_moon" } as unknown as AccessReason;
  const access: AccessResponse = { has_access: false, because, until: null };
  expect(renderInShop(<AccessBadge access={access} />).container.textContent).toBe("Locked");
  expect(accessReason(access, en, formatFor("en"))).toBe("on_the_moon");
});
