// A local stack for one test, with the built shop.

import { resolve } from "node:path";

import { startLocalStack } from "../../../clients/stack/localStack.ts";

/** The addresses of its parts, without a slash at the end. */
export interface Stack {
  shop: string;
  api: string;
  identity: string;
  stripe: string;
  stop: () => Promise<void>;
}

const DIST = resolve(import.meta.dirname, "../../dist");

export async function startStack(): Promise<Stack> {
  const parts = ["the shop", "API Gateway", "the identity provider", "Stripe"] as const;
  const { urls, stop } = await startLocalStack(parts, ["--web-dir", DIST], {});
  return {
    shop: urls["the shop"],
    api: urls["API Gateway"],
    identity: urls["the identity provider"],
    stripe: urls.Stripe,
    stop,
  };
}
