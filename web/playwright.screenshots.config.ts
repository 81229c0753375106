import { defineConfig } from "@playwright/test";

import config from "./playwright.config.ts";

/** `make screenshots`: pictures to look at, and nothing to pass or fail. */
export default defineConfig({ ...config, testDir: "test/screenshots", timeout: 300_000, retries: 0 });
