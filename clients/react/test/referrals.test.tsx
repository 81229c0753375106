// What a learner who recommends the school sees, and what becomes of a code at a checkout.

import { act, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { useCheckout, useReferralCode, useReferralHistory, useReferrals } from "../src/index.js";
import { buy, newLearner, SCHOOL, use } from "./school.js";

test("a purchase with the learner's code is in the history, and earns credit", async () => {
  const referrer = await newLearner();
  const { result } = use(referrer, () => ({ referrals: useReferrals(), history: useReferralHistory({ limit: 1 }) }));
  await waitFor(() => {
    expect(result.current.referrals.data?.credit).toEqual([]);
    expect(result.current.history.data).toEqual([]);
  });
  const { code, link } = result.current.referrals.data!;
  expect(new URL(link).pathname).toBe(`/ref/${code}`);
  for (const course_id of ["vector-search", "fine-tuning"]) {
    await buy(await newLearner(), {
      course_id,
      referral_code: code,
      success_url: SCHOOL,
      cancel_url: SCHOOL,
    });
  }
  await act(() => Promise.all([result.current.referrals.refetch(), result.current.history.refetch()]));
  await waitFor(() => {
    const { referrals, history } = result.current;
    expect(referrals.data?.counts).toMatchObject({ confirmed: 2, credited: 0 });
    expect(referrals.data?.credit).toMatchObject([{ currency: "usd", available: 0 }]);
    expect(history.data).toMatchObject([{ id: "2", state: "confirmed", currency: "usd" }]);
    expect(history.hasNextPage).toBe(true);
  });
  await act(() => result.current.history.fetchNextPage());
  await waitFor(() => {
    expect(result.current.history.data?.map(({ id }) => id)).toEqual(["2", "1"]);
  });
});

test("a code is one or is not, and for nobody nothing else is asked", async () => {
  const referrer = await newLearner();
  const { code } = await referrer.showReferrals();
  const { result } = use(referrer, () => ({
    known: useReferralCode(code.toLowerCase()),
    unknown: useReferralCode("AAAAAAAA"),
    nobody: useReferrals({ enabled: false }),
  }));
  await waitFor(() => {
    expect(result.current.known.data).toEqual({ valid: true });
    expect(result.current.unknown.data).toEqual({ valid: false });
  });
  expect(result.current.nobody.fetchStatus).toBe("idle");
});

test("the page hears what became of a code before it leads to the payment page", async () => {
  const learner = await newLearner();
  const { code } = await learner.showReferrals();
  const heard: unknown[] = [];
  const { result } = use(learner, () => useCheckout({ navigate: (_, { referral }) => heard.push(referral) }));
  act(() => {
    result.current.mutate({
      course_id: "vector-search",
      referral_code: code,
      success_url: SCHOOL,
      cancel_url: SCHOOL,
    });
  });
  await waitFor(() => {
    expect(heard).toEqual([{ applied: false, reason: "own_code" }]);
  });
});
