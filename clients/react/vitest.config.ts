import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "../stack/globalSetup.ts",
    setupFiles: "test/setup.ts",
    include: ["test/**/*.test.{ts,tsx}"],
    environment: "./test/environment.ts",
    testTimeout: 30_000,
    // A test moves the time of the stack.
    fileParallelism: false,
  },
});
