import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "../stack/globalSetup.ts",
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
  },
});
