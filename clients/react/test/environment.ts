// happy-dom's page with Node's own network, which does what a browser's does.

import { builtinEnvironments, type Environment } from "vitest/runtime";

const NETWORK = [
  "fetch",
  "Request",
  "Response",
  "Headers",
  "AbortController",
  "AbortSignal",
  "URLSearchParams",
] as const;

export default {
  ...builtinEnvironments["happy-dom"],
  name: "page",
  async setup(global: typeof globalThis, options: object) {
    const ofNode = Object.fromEntries(NETWORK.map((name) => [name, global[name]]));
    const environment = await builtinEnvironments["happy-dom"].setup(global, options);
    Object.assign(global, ofNode);
    return environment;
  },
} satisfies Environment;
