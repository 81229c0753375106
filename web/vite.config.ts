import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** A stack of `make run`: it has the configuration that the page asks for. */
const LOCAL_STACK = "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react()],
  // @tuition/* are links to ../clients. Seen here, they use this application's React and no other.
  resolve: { preserveSymlinks: true },
  build: {
    target: "es2022",
    // The policy allows no `data:` URLs.
    assetsInlineLimit: 0,
    // Vite's polyfill for browsers that are older than the target.
    modulePreload: { polyfill: false },
  },
  server: { host: "127.0.0.1", port: 5173, strictPort: true, proxy: { "/config.json": LOCAL_STACK } },
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    server: { deps: { inline: [/@tuition/] } },
  },
});
