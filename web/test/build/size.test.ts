// Shows that the built shop begins with little JavaScript, by the files alone. `make bench-web` measures it in a browser.
// @vitest-environment node

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect, test } from "vitest";

import { MOST_JAVASCRIPT } from "./budget.ts";

/** `make shop` builds it. */
const DIST = join(import.meta.dirname, "../../dist");
const LANGUAGE = /^(de|en|es)-.+\.js$/;

function gzipped(file: string): number {
  return gzipSync(readFileSync(join(DIST, file))).length;
}

test("the scripts of index.html and one language are within the budget", () => {
  const html = readFileSync(join(DIST, "index.html"), "utf8");
  const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].flatMap(([, file]) => file ?? []);
  const languages = readdirSync(join(DIST, "assets")).filter((file) => LANGUAGE.test(file));
  // Otherwise something would not be counted.
  expect(scripts.length).toBeGreaterThan(1);
  expect(languages).toHaveLength(3);
  const language = Math.max(...languages.map((file) => gzipped(join("assets", file))));
  const size = scripts.map(gzipped).reduce((sum, one) => sum + one, language);
  expect(size).toBeGreaterThan(50_000);
  expect(size).toBeLessThanOrEqual(MOST_JAVASCRIPT);
});
