// Shows that the name of a link or a button has the text that is to be seen on it, in each language (WCAG 2.2, 2.5.3).

import type { Page } from "@playwright/test";

import { chooseLearner, expect, payByCard, test } from "./shop.ts";

/** What can be operated and has a name beside its text: the text, and the name. */
async function named(page: Page): Promise<{ text: string; name: string }[]> {
  return page.locator("a[aria-label], button[aria-label], summary[aria-label]").evaluateAll((elements) =>
    elements
      .map((element) => ({
        text: (element as HTMLElement).innerText.trim(),
        name: element.getAttribute("aria-label") ?? "",
      }))
      .filter(({ text }) => text !== ""),
  );
}

async function expectLabelsInNames(page: Page, path: string, count: number): Promise<void> {
  await page.goto(path);
  await expect(page.locator("[data-pending]")).toHaveCount(0);
  const controls = page.locator("main").locator("a[aria-label], button[aria-label]");
  await expect.poll(() => controls.count()).toBeGreaterThanOrEqual(count);
  for (const { text, name } of await named(page)) {
    expect(name.toLocaleLowerCase().startsWith(text.toLocaleLowerCase()), `“${name}” begins with “${text}”`).toBe(true);
  }
}

for (const locale of ["en-US", "de-DE", "es-ES"]) {
  test.describe(locale, () => {
    test.use({ locale });

    test("what is to be seen on a control is the beginning of its name", async ({ page }) => {
      await page.goto("/");
      await page.getByRole("main").locator("button[aria-label*='Vector Search']").first().click();
      await chooseLearner(page);
      await payByCard(page);
      await expect(page).toHaveURL(/\/courses\/vector-search$/);
      await page.goto("/pricing");
      await page.getByRole("article", { name: "Plus", exact: true }).getByRole("button").click();
      await payByCard(page);
      await expect(page.getByRole("main").locator("a[href='/account']")).toBeVisible();
      // The bundle and a course that is not in the plan; the refund; the PDF of the invoice.
      await expectLabelsInNames(page, "/", 1);
      await expectLabelsInNames(page, "/courses/ai-engineer-track", 0);
      await expectLabelsInNames(page, "/pricing", 0);
      await expectLabelsInNames(page, "/account", 2);
    });

    test("the same for nobody", async ({ page }) => {
      await expectLabelsInNames(page, "/", 4);
      await expectLabelsInNames(page, "/courses/vector-search", 1);
      await expectLabelsInNames(page, "/pricing", 0);
    });
  });
}
