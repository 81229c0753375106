// Shows that a page waits for a part that is loading, and not for ever.

import { act } from "@testing-library/react";
import { expect, test, vi } from "vitest";

import { Loading } from "../../src/layout/Loading.tsx";
import { renderInShop } from "./shop.tsx";

test("what comes after a part that is loading waits for two seconds", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { container } = renderInShop(<Loading />);
  expect(container.querySelector("[data-pending]")).not.toBeNull();
  act(() => void vi.advanceTimersByTime(2_000));
  expect(container.querySelector("[data-pending]")).toBeNull();
  expect(container.querySelector("[role=status]")).not.toBeNull();
  vi.useRealTimers();
});
