// A renewal fails, and the learner is told what mends it. This moves the time of the stack by a month.

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";

import { PaymentProblem, Paywall } from "../src/index.js";
import { buy, newLearner, SCHOOL, show } from "./school.js";

beforeEach(() => {
  window.location.href = `${SCHOOL}/account`;
});

test("nothing is shown while all is well", async () => {
  const client = await newLearner();
  const { container } = show(
    client,
    <>
      <PaymentProblem />
      <Paywall courseId="prompting-basics">Loaded</Paywall>
    </>,
  );
  await screen.findByText("Loaded");
  expect(container.textContent).toBe("Loaded");
});

test("a failed renewal is announced, with the pages that mend it", async () => {
  const client = await newLearner();
  await buy(client, { plan_id: "premium", trial_days: 0 });
  const { subscription_id } = await client.showSubscription();
  // The portal's page is the stand-in's.
  const standIn = new URL((await client.openPortal()).url).origin;
  const failed = await fetch(`${standIn}/_stand_in/subscriptions/${subscription_id!}/fail`, { method: "POST" });
  expect(failed.ok || failed.status === 303).toBe(true);
  await expect
    .poll(async () => (await client.showSubscription()).payment_problem?.kind, { timeout: 10_000 })
    .toBe("payment_failed");

  let page = "";
  show(
    client,
    <PaymentProblem
      className="banner"
      messages={{ openInvoice: "See the invoice" }}
      navigate={(url) => (page = url)}
    />,
  );
  const alert = await screen.findByRole("alert");
  expect(alert.className).toBe("banner");
  expect(alert.textContent).toContain("Your last payment failed.");
  expect(screen.getByText("See the invoice").getAttribute("href")).toMatch(/^http/);
  fireEvent.click(screen.getByText("Update the payment method"));
  await waitFor(() => {
    expect(page).toMatch(new RegExp(`^${standIn}/p/session/`));
  });

  show(client, <PaymentProblem>{({ amount_due, currency }) => `${amount_due} ${currency}`}</PaymentProblem>);
  await screen.findByText("1900 usd");
});
