// Shows that a session that ends loses nothing, and that an API that is down comes back.

import { chooseLearner, expect, expectAccessible, signIn, test } from "./shop.ts";
import type { Page } from "@playwright/test";

/** Changes what the tab keeps of the session. */
async function changeSession(page: Page, change: Record<string, unknown>): Promise<void> {
  await page.evaluate((change) => {
    const key = Object.keys(sessionStorage).find((name) => name.startsWith("oidc.user:"));
    if (key === undefined) throw new Error("nobody is signed in");
    const user = JSON.parse(sessionStorage.getItem(key) ?? "{}") as Record<string, unknown>;
    sessionStorage.setItem(key, JSON.stringify({ ...user, ...change }));
  }, change);
}

test("a token that expires is renewed, and nobody notices", async ({ page, stack }) => {
  await page.goto("/");
  await signIn(page);
  await changeSession(page, { expires_at: 1 });
  const renewal = page.waitForRequest(`${stack.identity}/token`);
  await page.getByRole("link", { name: "Fine-Tuning Without Tears" }).click();
  expect((await renewal).postData()).toContain("grant_type=refresh_token");
  await expect(page.getByText("You have not bought it yet.")).toBeVisible();
});

test("a session that is refused in the middle begins again on the same page", async ({ page }) => {
  await page.goto("/");
  await signIn(page, "grace@school.example");
  await changeSession(page, { expires_at: 1, id_token: "expired", refresh_token: "revoked" });
  await page.getByRole("link", { name: "Fine-Tuning Without Tears" }).click();
  const dialog = page.getByRole("dialog", { name: "Please sign in again" });
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByLabel("Or any other e-mail address")).toHaveValue("grace@school.example");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page).toHaveURL(/\/courses\/fine-tuning$/);
  await expect(page.getByText("You have not bought it yet.")).toBeVisible();
});

test("a deep link to a lesson without access leads to the offer, and after the sign-in back to it", async ({
  page,
}) => {
  await page.goto("/courses/vector-search/quality/golden-set");
  await expect(page.getByRole("heading", { name: "Get this course" })).toBeVisible();
  await signIn(page);
  await expect(page).toHaveURL(/\/courses\/vector-search\/quality\/golden-set$/);
  await expect(page.getByText("You have not bought it yet.")).toBeVisible();
});

test("a preview asks for a sign-in only", async ({ page }) => {
  await page.goto("/courses/vector-search/index/chunking");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await chooseLearner(page);
  await expect(page.getByText("This is where your school shows the lesson.")).toBeVisible();
});

test("the pages after a sign-in and a sign-out tell somebody who is signed in that they are", async ({ page }) => {
  await page.goto("/");
  await signIn(page);
  for (const path of ["/signed-out", "/signed-in"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1, name: "You are signed in" })).toBeVisible();
    await expect(page.getByRole("main").getByText("As ada@example.com.")).toBeVisible();
    await expectAccessible(page);
  }
  await page.getByRole("link", { name: "To the courses" }).click();
  await expect(page).toHaveURL("/");
});

test("who signs out is nobody afterwards", async ({ page }) => {
  await page.goto("/");
  await signIn(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
  await page.getByRole("link", { name: "To the courses" }).click();
  await expect(page.getByRole("banner").getByRole("button", { name: "Sign in" })).toBeVisible();
  expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("oidc.user")))).toEqual(
    [],
  );
});

test("a sign-in that fails says so", async ({ page }) => {
  await page.goto("/signed-in?error=access_denied&state=unknown");
  await expect(page.getByRole("heading", { name: "The sign-in did not work" })).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Try again" }).click();
  await chooseLearner(page);
  await expect(page.getByRole("heading", { name: "Courses" })).toBeVisible();
});

test("a sign-in page that cannot be reached is said to be", async ({ page, stack }) => {
  await page.route(`${stack.identity}/**`, (route) => route.abort());
  await page.goto("/");
  await page.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("The sign-in page cannot be reached.")).toBeVisible();
  await expectAccessible(page);
  await page.unroute(`${stack.identity}/**`);
  await signIn(page);
});

test("an API that is down is said to be, and comes back", async ({ page, stack }) => {
  await page.route(`${stack.api}/**`, (route) => route.abort());
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("The school cannot be reached.");
  await page.unroute(`${stack.api}/**`);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("article", { name: "Prompting Basics" })).toBeVisible();
});
