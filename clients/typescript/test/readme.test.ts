// The start of the README works as it is written there, with the built package.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

import { newLearner, pay } from "../../stack/learner.js";
import { stack } from "./client.js";

const PACKAGE = resolve(import.meta.dirname, "..");

test("two minutes are enough to buy a course", async () => {
  const readme = await readFile(resolve(PACKAGE, "README.md"), "utf8");
  const script = /```js\n(.*?)```/s
    .exec(readme)![1]!
    .replace("http://127.0.0.1:9000", stack.api)
    .replace("http://127.0.0.1:9002", stack.identity)
    .replace("ada@example.com", newLearner());
  // In the package, which can import itself by its name.
  const file = resolve(PACKAGE, `dist/start-${process.pid}.mjs`);
  await writeFile(file, script);
  try {
    const node = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(node, "exit");
    const lines: string[] = [];
    for await (const line of createInterface(node.stdout)) {
      lines.push(line);
      const page = /any CVC: (http\S+)/.exec(line)?.[1];
      if (page !== undefined) await pay(page);
    }
    expect(lines.at(-1)).toBe("true purchased");
    expect(await exited).toEqual([0, null]);
  } finally {
    await rm(file);
  }
});
