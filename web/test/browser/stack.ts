// A local stack for one test, with nothing kept and on free ports.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

/** The addresses of its parts, without a slash at the end. */
export interface Stack {
  shop: string;
  api: string;
  identity: string;
  stripe: string;
  stop: () => Promise<void>;
}

const ROOT = resolve(import.meta.dirname, "../../..");
const PORTS = ["web", "api", "webhook", "idp", "stripe", "dynamodb"].flatMap((part) => [`--${part}-port`, "0"]);

export async function startStack(): Promise<Stack> {
  const process = start();
  const stop = async () => {
    if (process.exitCode !== null) return;
    const exited = once(process, "exit");
    process.kill("SIGINT");
    await exited;
  };
  return { ...(await addressesOf(process)), stop };
}

function start(): ChildProcess {
  const built = join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target"), "debug", "local");
  const program = process.env.TUITION_LOCAL_STACK ?? built;
  if (!existsSync(program)) throw new Error(`${program} is missing. Build it: cargo build --package local`);
  const args = ["--ephemeral", "--web-dir", resolve(ROOT, "web/dist"), ...PORTS];
  // Neither the environment nor a file .env of this repository: both can name Stripe itself.
  return spawn(program, args, { cwd: tmpdir(), env: {}, stdio: ["ignore", "pipe", "inherit"] });
}

/** The start screen has them, once everything runs. */
async function addressesOf(stack: ChildProcess): Promise<Omit<Stack, "stop">> {
  if (stack.stdout === null) throw new Error("The local stack has no output.");
  const urls = new Map<string, string>();
  for await (const line of createInterface(stack.stdout)) {
    const [, url, part] = /^ +(http:\S+) +(the shop|API Gateway|the identity provider|Stripe)/.exec(line) ?? [];
    if (url !== undefined && part !== undefined) urls.set(part, url);
    const [shop, api, identity, stripe] = ["the shop", "API Gateway", "the identity provider", "Stripe"].map((name) =>
      urls.get(name),
    );
    if (!shop || !api || !identity || !stripe) continue;
    // Nobody reads the rest, and a full pipe would stop the stack.
    stack.stdout.resume();
    return { shop, api, identity, stripe };
  }
  throw new Error("The local stack has not started.");
}
