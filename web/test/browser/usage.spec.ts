// Shows that a meter is counted, and that its limit leads to plans that have more.

import { chooseLearner, expect, expectAccessible, payByCard, test } from "./shop.ts";

test("who has used everything up sees when it starts again, and subscribes to more", async ({ page, stack }) => {
  await page.goto("/courses/prompting-basics/first-steps/what-a-model-is");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await chooseLearner(page);
  await page.getByRole("button", { name: "Practice for a minute" }).click();
  await expect(page.getByText("1 of 30 minutes of conversation used")).toBeVisible();

  const token = await page.evaluate(() => {
    const key = Object.keys(sessionStorage).find((name) => name.startsWith("oidc.user:")) ?? "";
    return (JSON.parse(sessionStorage.getItem(key) ?? "{}") as { id_token: string }).id_token;
  });
  const rest = await fetch(`${stack.api}/usage/ai_minutes`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ quantity: 29 }),
  });
  expect(rest.ok).toBe(true);

  await page.getByRole("button", { name: "Practice for a minute" }).click();
  const dialog = page.getByRole("dialog", { name: "You have reached your limit" });
  await expect(dialog).toContainText("30 of 30 minutes of conversation used. Counting starts again on");
  await expect(dialog).toContainText("300 minutes of conversation a day");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Practice for a minute" })).toBeFocused();
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Try Premium" }).click();
  await payByCard(page);
  // Back in the lesson.
  await expect(page).toHaveURL(/\/courses\/prompting-basics\/first-steps\/what-a-model-is$/);
  await expect(page.getByText("30 of 300 minutes of conversation used")).toBeVisible();
});
