import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

/** `make bench-web`: one page after the other, or they would slow each other down. */
export default defineConfig({
  ...tests,
  testDir: "test/performance",
  testMatch: "*.bench.ts",
  timeout: 15 * 60_000,
  workers: 1,
});
