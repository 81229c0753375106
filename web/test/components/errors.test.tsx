// Shows that whatever breaks is said in the learner's words, with the number that finds it in the logs.

import { screen } from "@testing-library/react";
import { TuitionError } from "@tuition/client";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ErrorBoundary } from "../../src/errors/ErrorBoundary.tsx";
import { errorText } from "../../src/errors/ErrorNotice.tsx";
import { de } from "../../src/i18n/de.ts";
import { en } from "../../src/i18n/en.ts";
import { es } from "../../src/i18n/es.ts";
import { renderInShop } from "./shop.tsx";

beforeEach(() => {
  // React writes what a boundary has caught to the console.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

function Broken({ error }: { error: unknown }): ReactNode {
  throw error;
}

test("an error of the API in a page shows the number of its request, and a way to try again", () => {
  const error = new TuitionError({
    code: "internal_error",
    detail: "secret detail",
    status: 500,
    request_id: "NUp+bVDf",
  });
  renderInShop(
    <ErrorBoundary>
      <Broken error={error} />
    </ErrorBoundary>,
  );
  expect(screen.getByRole("alert").textContent).toContain("If you write to us, give us this number: NUp+bVDf");
  expect(screen.getByRole("alert").textContent).not.toContain("secret detail");
  expect(screen.getByRole("button", { name: "Reload the page" })).toBeTruthy();
});

test("an error of the page itself shows no number, and nothing of its message", () => {
  renderInShop(
    <ErrorBoundary>
      <Broken error={new Error("x is undefined")} />
    </ErrorBoundary>,
  );
  expect(screen.getByRole("alert").textContent).toContain("Something went wrong on our side.");
  expect(screen.getByRole("alert").textContent).not.toMatch(/undefined|number/);
});

test.each([
  "trial_used",
  "card_required",
  "subscription_ending",
  "subscription_ended",
  "payment_problem",
  "payment_required",
  "preview_expired",
  "same_plan",
  "not_canceling",
  "payment_pending",
  "already_owned",
  "other_family",
  "no_price_in_interval",
  "subscription_changed",
  "invalid_promotion_code",
] as const)("every language says what %s means", (code) => {
  const error = new TuitionError({ code, detail: "detail", status: 409 });
  for (const text of [en, de, es]) {
    expect(errorText(error, text)).toBe(text.error.codes[code]);
    expect(errorText(error, text)).toMatch(/^\p{Lu}.*\.$/u);
  }
});
