// @vitest-environment node
//
// The page of the README sells a course: its very text, with the command of the README, in Chromium, on the local stack.

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { expect, inject, test } from "vitest";

import { BROWSER } from "../../stack/browser.js";
import { newLearner } from "../../stack/learner.js";

const PACKAGE = resolve(import.meta.dirname, "..");
const stack = inject("stack");
const readme = await readFile(resolve(PACKAGE, "README.md"), "utf8");

/** The first block of code in this language. */
function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(readme)![1]!;
}

/** Serves the page with the command of the README, with this stack's addresses and a learner of its own. */
async function servePage(folder: string): Promise<ChildProcess> {
  const script = block("tsx")
    .replace("http://127.0.0.1:9000", stack.api)
    .replace("http://127.0.0.1:9002", stack.identity)
    .replace("ada@example.com", newLearner());
  await writeFile(join(folder, "index.html"), block("html"));
  await writeFile(join(folder, "page.tsx"), script);
  // esbuild stops when its input ends, so it is given one.
  const [, options] = /npx esbuild (.*)/.exec(readme)!;
  const args = options!.replace("127.0.0.1:5173", new URL(stack.page).host).split(" ").concat("--log-level=error");
  const server = spawn(resolve(PACKAGE, "../node_modules/.bin/esbuild"), args, {
    cwd: folder,
    stdio: ["pipe", "ignore", "inherit"],
  });
  await expect
    .poll(
      () =>
        fetch(stack.page).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true);
  return server;
}

test("the page has fifteen lines", () => {
  const lines = [block("html"), block("tsx")].join("").trim().split("\n");
  expect(lines).toHaveLength(15);
});

// CI has to have a browser.
test.skipIf(BROWSER === undefined && !process.env.CI)("the page sells a course, in a browser", async () => {
  // In the package, which can import itself by its name.
  const folder = await mkdtemp(join(PACKAGE, "dist", "page-"));
  const server = await servePage(folder);
  const browser = await chromium.launch({ executablePath: BROWSER!, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    await page.goto(stack.page);
    await page.getByRole("button", { name: "Buy" }).click();

    await page.waitForURL("**/c/pay/**");
    await page.locator("[name=card_number]").fill("4242 4242 4242 4242");
    await page.locator("[name=exp]").fill("12/40");
    await page.locator("[name=cvc]").fill("123");
    await page.locator("button.main").click();

    await page.waitForURL(`${stack.page}/?session_id=*`);
    await page.getByText("Welcome to the course!").waitFor();
    await page.goto(stack.page);
    await page.getByText("Welcome to the course!").waitFor();
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
    server.kill();
    await rm(folder, { recursive: true });
  }
});
