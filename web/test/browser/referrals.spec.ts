// Shows that a link leads to a purchase that its owner sees, and that a code that does not count stops no sale.

import { beginPayment, expectOpened, payOnPage } from "./paymentOnPage.ts";
import { buy, confirmedOf, COURSE, followLink, linkOf, remembered } from "./referrals.ts";
import { expect, expectAccessible, signIn, test, toBuy } from "./shop.ts";

const FRIEND = "grace@example.com";

for (const [device, viewport] of [
  ["a phone", { width: 320, height: 640 }],
  ["a desk", { width: 1920, height: 1080 }],
] as const) {
  test.describe(`on ${device}`, () => {
    test.use({ viewport, colorScheme: device === "a phone" ? "dark" : "light" });

    test("a stranger buys through a link, and its owner sees the credit and its day", async ({ page, stack }) => {
      test.slow();
      const { code, path } = await linkOf(stack, FRIEND);
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1, name: /^You are invited to / })).toBeVisible();
      await expectAccessible(page);
      await followLink(page, path);
      expect(await remembered(page)).toContain(code);
      await buy(page, "ada@example.com");
      // It counts once.
      expect(await remembered(page)).toBeNull();

      await page.goto("/account");
      await page.getByRole("main").getByRole("button", { name: "Sign out" }).click();
      await page.goto("/account");
      await signIn(page, FRIEND);
      const card = page.getByRole("region", { name: "Recommend us" });
      await expect(card.getByLabel("Your link")).toHaveValue(stack.shop + path);
      await expect(card).toContainText(/Credit on hold\$12\.25, available from/);
      await expectAccessible(page);
      await card.getByRole("link", { name: "See all referrals" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "Your referrals" })).toBeFocused();
      const history = page.getByRole("region", { name: "All referrals" });
      await expect(history.getByRole("listitem")).toContainText(/No\. 1.*\$12\.25On hold Available from/);
      await expect(history).not.toContainText("ada");
      await expectAccessible(page);
    });
  });
}

test("a payment on the page of the course has the code, too", async ({ page, stack }) => {
  const { path } = await linkOf(stack, FRIEND);
  await followLink(page, path);
  await beginPayment(page);
  await payOnPage(page);
  await expectOpened(page);
  expect(await remembered(page)).toBeNull();
  await expect.poll(() => confirmedOf(stack, FRIEND)).toBe(1);
});

test("the learner's own code stops no sale, and the page after the payment says why it does not count", async ({
  page,
  stack,
}) => {
  const { path } = await linkOf(stack, "ada@example.com");
  await followLink(page, path);
  await buy(page, "ada@example.com");
  await expect(page.getByText("The referral code is your own")).toBeVisible();
  await expectAccessible(page);
  expect(await remembered(page)).toBeNull();
  await page.reload();
  await expect(page.getByText("What you learn")).toBeVisible();
  await expect(page.getByText("The referral code is your own")).toHaveCount(0);
});

test("the learner's own code is refused beside Stripe's fields, and the payment goes on", async ({ page, stack }) => {
  const { path } = await linkOf(stack, "ada@example.com");
  await followLink(page, path);
  await beginPayment(page);
  await expect(page.getByText("The referral code is your own")).toBeVisible();
  await expectAccessible(page);
  await payOnPage(page);
  await expectOpened(page);
});

test("an unknown code is said kindly, and is not remembered", async ({ page, stack }) => {
  await page.goto("/ref/AAAAAAAA");
  await expect(page.getByRole("heading", { level: 1, name: "We do not know this code" })).toBeVisible();
  await expectAccessible(page);
  expect(await remembered(page)).toBeNull();
  // So the next link counts.
  const { code, path } = await linkOf(stack, FRIEND);
  await followLink(page, path);
  expect(await remembered(page)).toContain(code);
});

test("the first link wins", async ({ page, stack }) => {
  const [first, second] = await Promise.all([linkOf(stack, FRIEND), linkOf(stack, "mary@example.com")]);
  await followLink(page, first.path);
  await followLink(page, second.path);
  expect(await remembered(page)).toContain(first.code);
});

test("credit is shown at every price that it lowers, and not beside a promotion code", async ({ page, stack }) => {
  await page.goto("/");
  await signIn(page);
  // The hold of real credit takes longer than a test.
  await page.route(`${stack.api}/referrals`, async (route) => {
    const response = await route.fetch();
    const credit = [{ currency: "usd", earned: 1225, held: 0, available: 1225, reserved: 0, spent: 0, owed: 0 }];
    await route.fulfill({ response, json: { ...((await response.json()) as object), credit } });
  });
  await page.reload();
  const card = page.getByRole("article", { name: COURSE });
  await expect(card.getByText("$49, $36.75 with your credit")).toBeVisible();
  await expect(card.getByRole("button", { name: toBuy(COURSE) })).toBeVisible();
  await expectAccessible(page);
  await page.goto("/courses/vector-search");
  await expect(page.getByText("$49, $36.75 with your credit")).toBeVisible();
  await page.goto("/pricing");
  const first = page.getByText(/^The first payment is \$.* with your credit$/);
  await expect(first.first()).toBeVisible();
  // A trial uses no credit.
  await expect(page.getByRole("article", { name: "Premium", exact: true }).getByText("with your credit")).toHaveCount(
    0,
  );
  await page.getByLabel("Promotion code").fill("SPRING");
  await expect(first).toHaveCount(0);
});

test("the link is copied and shared with what the device has", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.addInitScript(() => {
    const share = (data: ShareData) => {
      document.title = `shared ${data.url ?? ""}`;
      return Promise.resolve();
    };
    Object.defineProperty(Navigator.prototype, "share", { configurable: true, value: share });
  });
  await page.goto("/referrals");
  await expect(page.getByText("Sign in to see your link and your credit.")).toBeVisible();
  await expectAccessible(page);
  await signIn(page);
  const link = await page.getByLabel("Your link").inputValue();
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await page.getByRole("button", { name: "Share" }).click();
  await expect(page).toHaveTitle(`shared ${link}`);
});
