// Shows that nothing on a page moves when slow data arrives, to nobody and to a learner, on a phone and on a desk.

import type { Page } from "@playwright/test";

import { beginPayment, expectFields } from "./paymentOnPage.ts";
import { callStripe, chooseLearner, expect, payByCard, signIn, test, type Stack, toBuy } from "./shop.ts";

const DEVICES = [
  { name: "phone", viewport: { width: 320, height: 640 } },
  { name: "desk", viewport: { width: 1920, height: 1080 } },
] as const;

/** Pages with what is to be seen on them when they are complete. */
const PAGES = [
  ["/", "Fine-Tuning Without Tears"],
  ["/courses/vector-search", "What you learn"],
  ["/courses/prompting-basics", "What you learn"],
  ["/courses/vector-search/index/chunking", "Step 1 of 3"],
  ["/courses/vector-search/quality/golden-set", "Step 3 of 3"],
  ["/courses/prompting-basics/first-steps/what-a-model-is", "Step 1 of 4"],
  ["/courses/nothing", "There is no such page"],
  ["/pricing", "Contact us"],
  ["/account", "Your account"],
  ["/referrals", "Your referrals"],
  ["/ref/AAAAAAAA", "We do not know this code"],
  ["/certificates/cert_0", "There is no such certificate"],
  ["/checkout/success", "There is no payment to show"],
  ["/checkout/cancel", "Nothing was charged"],
  ["/signed-out", "To the courses"],
  ["/nowhere", "There is no such page"],
  ["/admin", "Refund requests"],
  ["/admin/refund-requests/rr_0", /Refund requests|There is no such page/],
] as const;

/** Each answer comes later than the one before it, so that every part of a page arrives alone. */
const DELAYS: [RegExp, number][] = [
  [/\/catalog/, 200],
  [/\/courses/, 350],
  [/\/enrollments/, 500],
  [/\/payments/, 600],
  [/\/referrals\/history/, 750],
  [/\/referrals/, 650],
  [/\/billing\/subscription/, 700],
  [/\/usage/, 800],
  [/\/billing\/invoices/, 900],
];

interface Shift {
  value: number;
  what: string[];
}

async function slowDown(page: Page, { api }: Stack): Promise<void> {
  await page.route(`${api}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname;
    const delay = DELAYS.find(([pattern]) => pattern.test(path))?.[1] ?? 400;
    await new Promise((resolve) => setTimeout(resolve, delay));
    await route.continue().catch(() => undefined);
  });
}

/** What the browser itself has noted: https://web.dev/articles/cls */
async function shifts(page: Page): Promise<Shift[]> {
  return page.evaluate(async () => {
    interface LayoutShift extends PerformanceEntry {
      value: number;
      sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
    }
    const describe = ({ node, previousRect: from, currentRect: to }: LayoutShift["sources"][number]) =>
      `${node instanceof Element ? `<${node.tagName.toLowerCase()} class="${node.className}">` : "text"} ` +
      `“${(node?.textContent ?? "").slice(0, 30)}” from ${from.x},${from.y} ${from.width}×${from.height} to ${to.x},${to.y} ${to.width}×${to.height}`;
    const found: Shift[] = [];
    const note = (entries: PerformanceEntry[]) => {
      for (const { value, sources } of entries as LayoutShift[]) found.push({ value, what: sources.map(describe) });
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    // An observer hears of what was before it after the next paint.
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    note(observer.takeRecords());
    return found;
  });
}

async function expectNoShift(
  page: Page,
  pages: readonly (readonly [string, string | RegExp])[] = PAGES,
): Promise<void> {
  for (const [path, content] of pages) {
    await test.step(path, async () => {
      await page.goto(path);
      await expect(page.getByText(content).first()).toBeVisible();
      await page.waitForLoadState("networkidle");
      const found = await shifts(page);
      expect.soft(found, `nothing moves on ${path}`).toEqual([]);
    });
  }
}

for (const { name, viewport } of DEVICES) {
  test.describe(name, () => {
    test.use({ viewport });
    test.slow();

    test("nothing moves for nobody", async ({ page, stack }) => {
      await slowDown(page, stack);
      await expectNoShift(page);
    });

    test("nothing moves for a learner", async ({ page, stack }) => {
      await page.goto("/");
      await signIn(page);
      await slowDown(page, stack);
      await expectNoShift(page);
    });

    test("nothing moves for a learner who pays on the page of a course", async ({ page, stack }) => {
      await beginPayment(page);
      const { pathname, search } = new URL(page.url());
      await slowDown(page, stack);
      await page.route(`${stack.stripe}/**`, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await route.continue().catch(() => undefined);
      });
      await page.goto(pathname + search);
      await expectFields(page);
      await expect(page.getByRole("button", { name: "Choose something else" })).toBeVisible();
      await page.waitForLoadState("networkidle");
      expect(await shifts(page)).toEqual([]);
    });

    test("nothing moves for an operator", async ({ page, stack }) => {
      await page.goto("/");
      await page.getByRole("button", { name: toBuy("Vector Search in Practice") }).click();
      await chooseLearner(page);
      await payByCard(page);
      await expect(page.getByText("The course is open.")).toBeVisible();
      await page.goto("/account");
      await page.getByRole("button", { name: "Ask for a refund: Vector Search in Practice" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Why do you want your money back?").fill("I bought it twice.");
      await dialog.getByRole("button", { name: "Send the request" }).click();
      await expect(page.getByText("We are looking at it.")).toBeVisible();
      await page.getByRole("main").getByRole("button", { name: "Sign out" }).click();
      await expect(page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
      await page.goto("/admin");
      await page.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("button", { name: "olga@example.com, an operator" }).click();
      const request = page.getByRole("link", { name: "Vector Search in Practice" });
      const path = (await request.getAttribute("href")) ?? "";
      await slowDown(page, stack);
      await expectNoShift(page, [
        ["/admin", "I bought it twice."],
        ["/admin/refund-requests?status=rejected", "There are no such requests"],
        [path, "How much goes back"],
      ]);
    });

    test("nothing moves for a learner who has a course and whose subscription is not paid", async ({ page, stack }) => {
      await page.goto("/");
      await page.getByRole("button", { name: toBuy("Vector Search in Practice") }).click();
      await chooseLearner(page);
      await payByCard(page);
      await expect(page.getByText("The course is open.")).toBeVisible();
      await page.goto("/pricing");
      await page.getByRole("button", { name: "Subscribe to Plus" }).click();
      await payByCard(page);
      await expect(page.getByText("Everything is open.")).toBeVisible();
      const { data } = await callStripe<{ data: { id: string }[] }>(stack, "/v1/subscriptions");
      await callStripe(stack, `/_stand_in/subscriptions/${data[0]?.id ?? ""}/fail`, {});
      await expect(async () => {
        await page.reload();
        await expect(page.getByRole("alert", { name: "Payment problem" })).toBeVisible({ timeout: 2_000 });
      }).toPass();
      await slowDown(page, stack);
      await expectNoShift(page);
    });
  });
}
