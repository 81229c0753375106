import { defineConfig } from "@playwright/test";

import { BROWSER } from "../clients/stack/browser.ts";

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
