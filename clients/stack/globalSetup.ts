// Vitest's global setup of both packages: a local stack for the tests, stopped at the end.
//
// `TUITION_API_URL` and `TUITION_IDP_URL` are a stack that runs already, and then none is started; start that one with
// `APP_ORIGINS=http://127.0.0.1:5173`.

import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

import { startLocalStack } from "./localStack.js";

/** The addresses that tests need, without a slash at the end. */
export interface Stack {
  api: string;
  identity: string;
  /** Where a page of a test may be: its origin may call the API, and payments return to it. */
  page: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    stack: Stack;
  }
}

const USUAL_PAGE = "http://127.0.0.1:5173";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TUITION_API_URL: api, TUITION_IDP_URL: identity } = process.env;
  if (api && identity) {
    project.provide("stack", { api, identity, page: USUAL_PAGE });
    return () => Promise.resolve();
  }
  const page = `http://127.0.0.1:${await freePort()}`;
  const { urls, stop } = await startLocalStack(["API Gateway", "the identity provider"], [], { APP_ORIGINS: page });
  project.provide("stack", { api: urls["API Gateway"], identity: urls["the identity provider"], page });
  return stop;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
