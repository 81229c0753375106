// Starts the program of the package `local` for tests: with nothing kept, and on free ports.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";

/** A part of the stack, as the start screen calls it. */
export type Part = "the shop" | "API Gateway" | "the identity provider" | "Stripe";

/** A running stack. */
export interface LocalStack<P extends Part> {
  /** The addresses of the parts that were asked for, without a slash at the end. */
  urls: Record<P, string>;
  stop: () => Promise<void>;
}

const ROOT = resolve(import.meta.dirname, "../..");
const PORTS = ["web", "api", "webhook", "idp", "stripe", "dynamodb"].flatMap((part) => [`--${part}-port`, "0"]);

/** `TUITION_LOCAL_STACK` names another program than that in `target/debug`. */
export async function startLocalStack<P extends Part>(
  parts: readonly P[],
  args: readonly string[],
  variables: Record<string, string>,
): Promise<LocalStack<P>> {
  const built = join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target"), "debug", "local");
  const program = process.env.TUITION_LOCAL_STACK ?? built;
  if (!existsSync(program)) throw new Error(`${program} is missing. Build it: cargo build --package local`);
  // Neither the environment nor a file .env of this repository: both can name Stripe itself.
  const stack = spawn(program, ["--ephemeral", ...PORTS, ...args], {
    cwd: tmpdir(),
    env: variables,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = async (): Promise<void> => {
    if (stack.exitCode !== null) return;
    const exited = once(stack, "exit");
    stack.kill("SIGINT");
    await exited;
  };
  return { urls: await addressesOf(stack.stdout, parts), stop };
}

/** The start screen has them, once everything runs. */
async function addressesOf<P extends Part>(startScreen: Readable, parts: readonly P[]): Promise<Record<P, string>> {
  const urls = new Map<string, string>();
  for await (const line of createInterface(startScreen)) {
    const [, url, part] = /^ +(http:\S+) +(the shop|API Gateway|the identity provider|Stripe)/.exec(line) ?? [];
    if (url !== undefined && part !== undefined) urls.set(part, url);
    if (!parts.every((part) => urls.has(part))) continue;
    // Nobody reads the rest, and a full pipe would stop the stack.
    startScreen.resume();
    return Object.fromEntries(urls) as Record<P, string>;
  }
  throw new Error("The local stack has not started.");
}
