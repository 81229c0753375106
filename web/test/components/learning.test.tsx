// Shows what a module that is closed says, how long it still is, and that a tick which is refused is taken back.

import { act, fireEvent, screen } from "@testing-library/react";
import type { ModuleResponse } from "@tuition/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { de } from "../../src/i18n/de.ts";
import { en } from "../../src/i18n/en.ts";
import { es } from "../../src/i18n/es.ts";
import { formatFor } from "../../src/i18n/format.ts";
import { lockReason } from "../../src/learning/moduleLock.ts";
import { ModuleLock } from "../../src/learning/ModuleLock.tsx";
import { StepTick } from "../../src/learning/StepTick.tsx";
import { renderInShop } from "./shop.tsx";

const NOW = "2026-11-20T12:00:00Z";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(NOW) });
});

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function locked(reason: ModuleResponse["reason"], opens_at: string | null): ModuleResponse {
  return {
    id: "m",
    title: "Module",
    preview: false,
    opens_after_days: null,
    locked: true,
    reason,
    opens_at,
    steps: [],
  };
}

test.each(["not_started", "opens_later", "previous_modules"] as const)(
  "every language says what %s means",
  (reason) => {
    for (const text of [en, de, es]) {
      for (const opens_at of [null, NOW]) {
        expect(lockReason(locked(reason, opens_at), text, formatFor("en"))).toMatch(/^\p{Lu}/u);
      }
    }
  },
);

test("who does not have the course is told by the offer, not by the module", () => {
  expect(lockReason(locked("no_access", null), en, formatFor("en"))).toBeUndefined();
});

test("a module that opens in a few seconds counts them", async () => {
  const { container } = renderInShop(
    <ModuleLock courseId="c" module={locked("opens_later", "2026-11-20T12:00:03Z")} />,
  );
  expect(container.textContent).toContain("It opens in 3 seconds.");
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  expect(container.textContent).toContain("It opens in 2 seconds.");
  // One second after the other: each is rendered before the next one is waited for.
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  expect(container.textContent).toContain("It opens in a moment.");
});

test.each([
  [3 * 86_400_000, "in 3 days"],
  [86_400_000 - 1, "in 24 hours"],
  [90_000, "in 2 minutes"],
  [1, "in 1 second"],
])("%i milliseconds are %s", (left, expected) => {
  expect(formatFor("en").timeLeft(left)).toBe(expected);
});

test("a day is the same day everywhere", () => {
  expect(formatFor("en-US").day("2026-11-20")).toBe("November 20, 2026");
});

test("a tick that the API refuses is taken back, and the reason is said", async () => {
  renderInShop(<StepTick courseId="c" step={{ id: "s", title: "Step", completed_at: null }} />);
  const tick = screen.getByRole<HTMLInputElement>("checkbox", { name: "Done: Step" });
  fireEvent.click(tick);
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  expect(screen.getByRole("alert").textContent).toContain("This did not work");
  expect(tick.checked).toBe(false);
});
