// The generated code is that of the contract.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const GENERATOR = resolve(import.meta.dirname, "../../generator");
const COMMITTED = resolve(import.meta.dirname, "../src/generated");

/** Every file of a folder with its text. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path, "utf8")] as const);
  return Object.fromEntries(await Promise.all(texts));
}

test("openapi.json makes the generated code that is committed; if not: npm run generate", async () => {
  expect(existsSync(join(GENERATOR, "node_modules")), "run: npm ci --prefix clients/generator").toBe(true);
  const fresh = await mkdtemp(join(tmpdir(), "tuition-client-"));
  try {
    await promisify(execFile)("npm", ["run", "--prefix", GENERATOR, "generate", "--", fresh]);
    expect(await filesOf(fresh)).toEqual(await filesOf(COMMITTED));
  } finally {
    await rm(fresh, { recursive: true });
  }
});
