// Makes a picture of every page and state, light and dark, on a phone and on a desk, and some in the other languages.

import type { Page } from "@playwright/test";

import { callStripe, chooseLearner, expect, payByBankDebit, payByCard, paymentsOf, test } from "../browser/shop.ts";
import { linkOf } from "../browser/referrals.ts";

const LOOKS = [
  { name: "phone-light", viewport: { width: 320, height: 640 }, colorScheme: "light", locale: "en-US" },
  { name: "phone-dark-de", viewport: { width: 320, height: 640 }, colorScheme: "dark", locale: "de-DE" },
  { name: "desk-light-es", viewport: { width: 1920, height: 1080 }, colorScheme: "light", locale: "es-ES" },
  { name: "desk-dark", viewport: { width: 1920, height: 1080 }, colorScheme: "dark", locale: "en-US" },
] as const;

/** Pages that anybody can open, by the names of their pictures. */
const PAGES = {
  catalog: "/",
  "catalog-nothing-found": "/?q=nothing",
  course: "/courses/vector-search",
  "course-free": "/courses/prompting-basics",
  "lesson-locked": "/courses/vector-search/quality/golden-set",
  "lesson-preview": "/courses/vector-search/index/chunking",
  pricing: "/pricing",
  account: "/account",
  referrals: "/referrals",
  "referral-unknown": "/ref/AAAAAAAA",
  "order-none": "/checkout/success",
  "order-canceled": "/checkout/cancel",
  "signed-out": "/signed-out",
  "sign-in-failed": "/signed-in?error=access_denied",
  "not-found": "/nowhere",
};

for (const { name, ...look } of LOOKS) {
  test.describe(name, () => {
    test.use(look);

    /** The whole page, when nothing is loading any more. */
    async function take(page: Page, picture: string): Promise<void> {
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: `screenshots/${name}/${picture}.png`, fullPage: true, animations: "disabled" });
    }

    async function takeAll(page: Page, suffix: string, pages: Record<string, string> = PAGES): Promise<void> {
      for (const [picture, path] of Object.entries(pages)) {
        await page.goto(path);
        await take(page, `${picture}-${suffix}`);
      }
    }

    /** From the plans to a subscription. The second plan has a trial, the third has none. */
    async function subscribe(page: Page, plan: "Premium" | "Plus"): Promise<void> {
      await page.goto("/pricing");
      await page.getByRole("article", { name: plan, exact: true }).getByRole("button").click();
      await chooseLearner(page);
      await payByCard(page);
      await expect(page).toHaveURL(/\/checkout\/success/);
      await expect(page.getByRole("main").locator("a[href='/account']")).toBeVisible();
    }

    /** From the catalog, whose buttons lead to Stripe's page; a course's own page takes the payment itself. */
    async function buy(page: Page, name: string): Promise<void> {
      await page.goto("/");
      await page.getByRole("main").locator(`button[aria-label*='${name}']`).first().click();
    }

    /** What the API answers is put off, or is an error. */
    async function whileApi(
      page: Page,
      api: string,
      handle: "wait" | "fail",
      look: () => Promise<void>,
    ): Promise<void> {
      await page.route(`${api}/**`, (route) => (handle === "fail" ? route.abort() : undefined));
      await look();
      await page.unrouteAll({ behavior: "ignoreErrors" });
    }

    test("nobody", async ({ page, stack }) => {
      await takeAll(page, "nobody");
      for (const [picture, path] of [
        ["catalog", "/"],
        ["course", "/courses/vector-search"],
        ["pricing", "/pricing"],
      ] as const) {
        await whileApi(page, stack.api, "wait", async () => {
          await page.goto(path);
          await expect(page.getByRole("main").getByRole("status").first()).toBeVisible();
          await page.screenshot({ path: `screenshots/${name}/${picture}-loading.png`, fullPage: true });
        });
        await whileApi(page, stack.api, "fail", async () => {
          await page.goto(path);
          await expect(page.getByRole("alert")).toBeVisible({ timeout: 30_000 });
          await take(page, `${picture}-api-down`);
        });
      }
      await page.goto("/");
      await page.waitForLoadState("networkidle");
      await page.context().setOffline(true);
      await expect(
        page.getByRole("status").filter({ hasText: "offline" }).or(page.getByText("No tienes")),
      ).toBeVisible();
      await take(page, "catalog-offline");
      await page.context().setOffline(false);
      await page.getByRole("banner").getByRole("button").click();
      await take(page, "sign-in");
    });

    test("a learner who buys courses", async ({ page, stack }) => {
      await buy(page, "Fine-Tuning");
      await chooseLearner(page);
      await take(page, "payment-page");
      await payByCard(page);
      await expect(page).toHaveURL(/\/courses\/fine-tuning$/);
      await take(page, "course-bought");
      await takeAll(page, "learner");
      await buy(page, "Vector");
      await payByBankDebit(page);
      await expect(page).toHaveURL(/\/checkout\/success/);
      await take(page, "order-bank-debit");
      await page.goto("/checkout/success?session_id=cs_of_somebody_else&product=vector-search");
      await take(page, "order-unknown");
      const payments = await paymentsOf(stack);
      await callStripe(stack, "/v1/refunds", { payment_intent: payments.at(-1)?.id ?? "" });
      await takeAll(page, "refunded-and-pending", {
        catalog: "/",
        "course-refunded": "/courses/fine-tuning",
        "course-pending": "/courses/vector-search",
      });
    });

    test("a learner who subscribes", async ({ page, stack }) => {
      await subscribe(page, "Premium");
      await take(page, "order-subscribed");
      await takeAll(page, "trial", { account: "/account", pricing: "/pricing" });
      await page.getByRole("article", { name: "Plus", exact: true }).getByRole("button").click();
      await expect(page.getByRole("dialog").getByRole("table")).toBeVisible();
      await take(page, "upgrade-preview");
      await page.getByRole("dialog").getByRole("button").last().click();
      await page.goto("/account");
      await page.getByRole("main").getByRole("button").and(page.locator("[data-variant=subtle]")).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await take(page, "cancel");
      // The first one closes the dialog.
      await page.getByRole("dialog").getByRole("button").nth(1).click();
      await expect(page.getByRole("dialog")).toBeHidden();
      await take(page, "account-canceled");
      const resumed = page.waitForResponse(`${stack.api}/billing/subscription/resume`);
      await page.getByRole("main").getByRole("button").first().click();
      await resumed;

      const { data } = await callStripe<{ data: { id: string }[] }>(stack, "/v1/subscriptions");
      await callStripe(stack, `/_stand_in/subscriptions/${data[0]?.id ?? ""}/fail`, {});
      await expect(async () => {
        await page.reload();
        await expect(page.getByRole("alert")).toBeVisible({ timeout: 2_000 });
      }).toPass();
      await takeAll(page, "payment-failed", {
        account: "/account",
        catalog: "/",
        course: "/courses/vector-search",
        pricing: "/pricing",
      });
      await page.route(`${stack.api}/billing/portal`, (route) => route.abort());
      await page.getByRole("alert").getByRole("button").first().click();
      await take(page, "banner-portal-down");
    });

    test("a learner who learns", async ({ page }) => {
      test.slow();
      await page.goto("/courses/prompting-basics");
      await page.getByRole("main").getByRole("button").first().click();
      await chooseLearner(page);
      const ticks = page.getByRole("checkbox");
      await ticks.first().check();
      await take(page, "course-begun");
      await page.goto("/");
      await take(page, "catalog-continue");
      await page.goto("/courses/prompting-basics/first-steps/what-a-model-is");
      await take(page, "lesson-done");
      await page.goto("/courses/prompting-basics");
      for (const index of [1, 2, 3]) await ticks.nth(index).check();
      const field = page.getByRole("textbox");
      await expect(field).toBeVisible();
      await take(page, "course-completed");
      await field.fill("Ada King, Countess of Lovelace");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("article")).toBeVisible();
      await take(page, "certificate");
      await page.setViewportSize({ width: 1123, height: 794 });
      await page.emulateMedia({ media: "print" });
      await take(page, "certificate-printed");
      await page.setViewportSize(look.viewport);
      await page.emulateMedia({ media: null });
      await buy(page, "Track");
      await payByCard(page);
      await expect(page).toHaveURL(/\/courses\/ai-engineer-track$/);
      await take(page, "course-sequential");
      await page.goto("/courses/ai-engineer-track/project-search/ingest");
      await take(page, "lesson-locked-until-done");
      await buy(page, "Agents");
      await payByCard(page);
      await expect(page).not.toHaveURL(/\/c\/pay/);
      await page.goto("/courses/agents-in-production");
      await take(page, "course-not-started");
      await page.goto("/account");
      await take(page, "account-payments");
    });

    test("a learner who wants the money back, and an operator", async ({ page }) => {
      const course = "/courses/vector-search";
      const main = page.getByRole("main");
      await page.goto(course);
      await main.locator("button[aria-label*='Vector']").first().click();
      await chooseLearner(page);
      await expect(page.locator("form iframe").first()).toBeVisible();
      await take(page, "payment-on-page");
      await buy(page, "Vector");
      await payByCard(page);
      await expect(page).toHaveURL(/\/courses\/vector-search$/);
      await page.goto("/account");
      await main.locator("button[aria-label*='Vector']").click();
      await page.getByRole("dialog").getByRole("textbox").fill("I bought it twice.");
      await take(page, "refund-dialog");
      await page.getByRole("dialog").locator("button[type=submit]").click();
      await expect(page.getByRole("dialog")).toBeHidden();
      await take(page, "account-refund-request");
      await main.getByRole("button").last().click();
      await page.goto("/admin");
      await page.getByRole("banner").getByRole("button").click();
      await page.getByRole("button", { name: /^olga/ }).click();
      const request = main.locator("a[href^='/admin/refund-requests/']");
      await expect(request).toBeVisible();
      await take(page, "operators-queue");
      await request.click();
      await expect(main.getByRole("textbox").first()).toBeVisible();
      await take(page, "operators-request");
    });

    test("a learner who recommends the school, and who was sent", async ({ page, stack }) => {
      const main = page.getByRole("main");
      const [own, friend] = [await linkOf(stack, "ada@example.com"), await linkOf(stack, "grace@example.com")];
      const buyFromCatalog = async (email: string) => {
        await page.goto("/");
        await main.locator("button[aria-label*='Vector']").first().click();
        await page.locator("input[type=email], input[name=email]").first().waitFor();
        await chooseLearner(page, email);
        await payByCard(page);
        await expect(page).toHaveURL(/\/courses\/vector-search$/);
      };
      await page.goto(friend.path);
      await expect(main.getByRole("link")).toBeVisible();
      await take(page, "referral-invited");
      await buyFromCatalog("mary@example.com");
      await page.goto("/account");
      await main.getByRole("button").last().click();
      await page.goto(own.path);
      await expect(main.getByRole("link")).toBeVisible();
      await buyFromCatalog("ada@example.com");
      await take(page, "referral-own-code");
      await page.goto("/account");
      await main.getByRole("button").last().click();
      await page.goto("/referrals");
      await main.getByRole("button").first().click();
      await chooseLearner(page, "grace@example.com");
      await expect(main.getByRole("listitem").first()).toBeVisible();
      await takeAll(page, "with-a-referral", { referrals: "/referrals", account: "/account" });
      await page.route(`${stack.api}/referrals`, async (route) => {
        const response = await route.fetch();
        const amounts = { earned: 1725, held: 500, available: 1225, reserved: 0, spent: 0, owed: 0 };
        const credit = ["usd", "eur"].map((currency) => ({ currency, ...amounts }));
        await route.fulfill({ response, json: { ...((await response.json()) as object), credit } });
      });
      await takeAll(page, "with-credit", {
        catalog: "/",
        course: "/courses/vector-search",
        pricing: "/pricing",
        referrals: "/referrals",
      });
    });

    test("a learner at a limit, and after a session", async ({ page, stack }) => {
      await page.goto("/courses/prompting-basics/first-steps/what-a-model-is");
      await page.getByRole("main").getByRole("button").first().click();
      await chooseLearner(page);
      const practice = page.getByRole("region").getByRole("button");
      await expect(practice).toBeVisible();
      await take(page, "lesson-practice");
      const token = await page.evaluate(() => {
        const key = Object.keys(sessionStorage).find((name) => name.startsWith("oidc.user:")) ?? "";
        return (JSON.parse(sessionStorage.getItem(key) ?? "{}") as { id_token: string }).id_token;
      });
      await fetch(`${stack.api}/usage/ai_minutes`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ quantity: 30 }),
      });
      await practice.click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await take(page, "limit-reached");
      await page.keyboard.press("Escape");
      await page.evaluate(() => {
        const key = Object.keys(sessionStorage).find((name) => name.startsWith("oidc.user:")) ?? "";
        const user = JSON.parse(sessionStorage.getItem(key) ?? "{}") as Record<string, unknown>;
        sessionStorage.setItem(key, JSON.stringify({ ...user, expires_at: 1, refresh_token: "revoked" }));
      });
      await practice.click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await take(page, "session-ended");
    });
  });
}
