import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

/** The system's browser: Playwright's own cannot be downloaded everywhere. */
const BROWSER = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path !== undefined && existsSync(path));

export default defineConfig({
  testDir: "test/browser",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: process.env.CI !== undefined,
  // Each test starts a stack, and machines may be slow.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  workers: 2,
  reporter: "list",
  use: {
    locale: "en-US",
    trace: "retain-on-failure",
    launchOptions: {
      ...(BROWSER !== undefined && { executablePath: BROWSER }),
      // Chromium refuses its sandbox to root, as containers run.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
