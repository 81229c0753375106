// Shows that a learner ticks steps, goes on where they were, is told what is still closed, and gets a certificate that anybody can check.

import { payOnPage } from "./paymentOnPage.ts";
import { chooseLearner, expect, expectAccessible, payByCard, signIn, test, toBuy } from "./shop.ts";

const STEPS = ["What a language model is, and is not", "Your first prompt", "Giving context", "Checking what it says"];

test("who ticks steps goes on where they were, and gets a certificate that everybody can check", async ({
  page,
  browser,
  stack,
}) => {
  test.slow();
  await page.goto("/courses/prompting-basics");
  await signIn(page);
  await page.getByRole("checkbox", { name: `Done: ${STEPS[0] ?? ""}` }).check();
  await expect(page.getByText("25% done")).toBeVisible();
  await expectAccessible(page);

  await page.goto("/");
  const dashboard = page.getByRole("region", { name: "Continue learning" });
  await expectAccessible(page);
  await dashboard.getByRole("link", { name: "Continue: Your first prompt" }).click();
  await page.getByRole("button", { name: "Mark as done" }).click();
  await expect(page.getByText("You have done this step.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Not done yet" }).click();
  await expect(page.getByRole("button", { name: "Mark as done" })).toBeVisible();

  await page.goto("/courses/prompting-basics");
  for (const step of STEPS.slice(1)) await page.getByRole("checkbox", { name: `Done: ${step}` }).check();
  await expect(page.getByText("100% done")).toBeVisible();
  await page.getByLabel("Your name, as it is to be on the certificate").fill("Ada Lovelace");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Get my certificate" }).click();
  await expect(page.getByText("This certificate is valid.")).toBeVisible();
  await expect(page.getByRole("article")).toContainText("Ada Lovelace");
  await expectAccessible(page);

  const anybody = await browser.newContext({ locale: "en-US" });
  const visit = await anybody.newPage();
  await visit.goto(stack.shop + new URL(page.url()).pathname);
  await expect(visit.getByRole("article")).toContainText("Prompting Basics");
  await visit.emulateMedia({ media: "print" });
  await expect(visit.getByRole("banner")).toBeHidden();
  const pdf = await visit.pdf({ preferCSSPageSize: true });
  expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await anybody.close();
});

test("a certificate that does not exist is said not to", async ({ page }) => {
  await page.goto("/certificates/cert_0");
  await expect(page.getByRole("heading", { name: "There is no such certificate" })).toBeVisible();
  await expectAccessible(page);
});

test("a track opens one project after the other, and says so", async ({ page }) => {
  await page.goto("/courses/ai-engineer-track");
  await page
    .getByRole("main")
    .getByRole("button", { name: toBuy("AI Engineer Track") })
    .click();
  await chooseLearner(page);
  await payOnPage(page);
  await expect(page.getByText("Thank you! The course is open.")).toBeVisible();
  const lock = page.getByText("This part opens when you have done all steps before it.");
  await expect(lock).toHaveCount(2);
  await expectAccessible(page);
  await page.goto("/courses/ai-engineer-track/project-search/ingest");
  await expect(page.getByRole("heading", { name: "Not open yet" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Continue: The brief" }).click();
  await expect(page).toHaveURL(/\/project-assistant\/assistant-brief$/);

  await page.goto("/courses/ai-engineer-track");
  for (const step of ["The brief", "A prototype", "Review with your mentor"]) {
    await page
      .getByRole("checkbox", { name: `Done: ${step}` })
      .first()
      .check();
  }
  await expect(lock).toHaveCount(1);
});

test("a course that has not started is bought, and counts down", async ({ page }) => {
  await page.goto("/courses/agents-in-production");
  await page
    .getByRole("main")
    .getByRole("button", { name: toBuy("Agents in Production") })
    .click();
  await chooseLearner(page);
  await page.getByRole("button", { name: "Pay on Stripe's page" }).click();
  await payByCard(page);
  await page.goto("/courses/agents-in-production");
  await expect(page.getByText(/It starts on .*2027. You have your place./)).toBeVisible();
  await expect(page.getByText(/The course starts on .* It opens in \d+ days./).first()).toBeVisible();
  await expectAccessible(page);
});
