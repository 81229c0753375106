// Vitest's global setup of both packages: a local stack for the tests, stopped at the end.
//
// The stack is the program of the package `local`, with nothing kept and on free ports. `TUITION_LOCAL_STACK` names another
// one than that in `target/debug`. `TUITION_API_URL` and `TUITION_IDP_URL` are a stack that runs already, and then none is
// started; start that one with `APP_ORIGINS=http://127.0.0.1:5173`.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";

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
const ROOT = resolve(import.meta.dirname, "../..");
const PORTS = ["web", "api", "webhook", "idp", "stripe", "dynamodb"].flatMap((part) => [`--${part}-port`, "0"]);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TUITION_API_URL: api, TUITION_IDP_URL: identity } = process.env;
  if (api && identity) {
    project.provide("stack", { api, identity, page: USUAL_PAGE });
    return () => Promise.resolve();
  }
  const page = `http://127.0.0.1:${await freePort()}`;
  const stack = start(page);
  project.provide("stack", { ...(await addressesOf(stack)), page });
  return async () => {
    if (stack.exitCode !== null) return;
    const exited = once(stack, "exit");
    stack.kill("SIGINT");
    await exited;
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function start(page: string): ChildProcess {
  const built = join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target"), "debug", "local");
  const program = process.env.TUITION_LOCAL_STACK ?? built;
  if (!existsSync(program)) throw new Error(`${program} is missing. Build it: cargo build --package local`);
  // Neither the environment nor a file .env of this repository: both can name Stripe itself.
  const env = { APP_ORIGINS: page };
  return spawn(program, ["--ephemeral", ...PORTS], { cwd: tmpdir(), env, stdio: ["ignore", "pipe", "inherit"] });
}

/** The start screen has them, once everything runs. */
async function addressesOf(stack: ChildProcess): Promise<Omit<Stack, "page">> {
  const urls = new Map<string, string>();
  for await (const line of createInterface(stack.stdout!)) {
    const [, url, part] = /^ +(http:\S+) +(API Gateway|the identity provider)/.exec(line) ?? [];
    if (url !== undefined && part !== undefined) urls.set(part, url);
    const [api, identity] = [urls.get("API Gateway"), urls.get("the identity provider")];
    if (api === undefined || identity === undefined) continue;
    // Nobody reads the rest, and a full pipe would stop the stack.
    stack.stdout?.resume();
    return { api, identity };
  }
  throw new Error("The local stack has not started.");
}
