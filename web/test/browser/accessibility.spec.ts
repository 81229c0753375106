// Shows that axe finds nothing on any page, on a phone and on a desk, in light and in dark.

import type { Page } from "@playwright/test";

import { expect, expectAccessible, signIn, test } from "./shop.ts";

const DEVICES = [
  { name: "phone, dark", viewport: { width: 320, height: 640 }, colorScheme: "dark" },
  { name: "desk, light", viewport: { width: 1920, height: 1080 }, colorScheme: "light" },
] as const;

/** Pages with what is to be seen on them when they are complete. */
const PAGES = [
  ["/", "Fine-Tuning Without Tears"],
  ["/?q=nothing", "No course matches"],
  ["/courses/vector-search", "Get this course"],
  ["/courses/prompting-basics", "What you learn"],
  ["/courses/vector-search/quality/golden-set", "Get this course"],
  ["/courses/vector-search/index/chunking", "Step 1 of 3"],
  ["/courses/nothing", "There is no such page"],
  ["/pricing", "Contact us"],
  ["/account", "Your account"],
  ["/referrals", "Your referrals"],
  ["/ref/AAAAAAAA", "We do not know this code"],
  ["/certificates/cert_0", "There is no such certificate"],
  ["/checkout/success", "There is no payment to show"],
  ["/checkout/cancel", "Nothing was charged"],
  ["/signed-out", /You are signed (in|out)/],
  ["/signed-in", /The sign-in did not work|You are signed in/],
  ["/nowhere", "There is no such page"],
] as const;

for (const { name, ...options } of DEVICES) {
  test.describe(name, () => {
    test.use(options);
    test.slow();

    test("every page is accessible to nobody", async ({ page }) => {
      await expectPagesAccessible(page);
      await page.goto("/");
      await page.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByLabel("Or any other e-mail address")).toBeVisible();
      await expectAccessible(page);
    });

    test("every page is accessible to a learner", async ({ page }) => {
      await page.goto("/");
      await signIn(page);
      await expectPagesAccessible(page);
    });
  });
}

async function expectPagesAccessible(page: Page): Promise<void> {
  for (const [path, content] of PAGES) {
    await test.step(path, async () => {
      await page.goto(path);
      await expect(page.getByText(content).first()).toBeVisible();
      await expectAccessible(page);
    });
  }
}

test("a page that is navigated to has the title and the focus", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Vector Search in Practice" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Vector Search in Practice" })).toBeFocused();
  await expect(page).toHaveTitle("Vector Search in Practice · Tuition");
  await page.goBack();
  await expect(page).toHaveTitle("Courses · Tuition");
});

test("who searches keeps the focus, and finds the courses again after a reload", async ({ page }) => {
  await page.goto("/");
  const search = page.getByLabel("Search the courses");
  await search.pressSequentially("documents vector fast");
  await expect(search).toBeFocused();
  await expect(search).toHaveValue("documents vector fast");
  await page.getByRole("button", { name: "Show all courses" }).click();
  await expect(search).toHaveValue("");
  await search.fill("fast");
  await expect(page).toHaveURL("/?q=fast");
  await page.reload();
  await expect(page.getByText("1 course", { exact: true })).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(1);
});

test("the page speaks the browser's language, and another one that is chosen", async ({ browser, stack }) => {
  const context = await browser.newContext({ locale: "de-CH", baseURL: stack.shop });
  const page = await context.newPage();
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Kurse" })).toBeVisible();
  await page.getByLabel("Sprache").selectOption("es");
  await expect(page.getByRole("heading", { level: 1, name: "Cursos" })).toBeVisible();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "es");
  await context.close();
});
