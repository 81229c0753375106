// Shows what CloudFront asks the bucket for: index.html for every page, and the file itself for a file, so that a missing one is a 404.
// @vitest-environment node

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

import { expect, test } from "vitest";

interface Event {
  request: { uri: string; method: string };
}

const TEMPLATE = readFileSync(join(import.meta.dirname, "../../template.yaml"), "utf8");

/** What the function of web/template.yaml makes of a path. */
function requestFor(uri: string): Event["request"] {
  const [, code] = /^ +FunctionCode: \|\n((?: {8}.*\n|\n)+)/m.exec(TEMPLATE) ?? [];
  const handler = runInNewContext(`${code ?? ""}; handler`) as (event: Event) => Event["request"];
  return handler({ request: { uri, method: "GET" } });
}

test.each([
  "/",
  "/index.html",
  "/courses/vector-search",
  "/courses/node.js",
  "/courses/vector-search/index/chunking",
  "/courses/assets/x.js",
  "/checkout/success",
  "/signed-in",
  "/assets",
  "/assets/",
  "/../config.json/",
])("the page %s is index.html", (uri) => {
  expect(requestFor(uri)).toEqual({ uri: "/index.html", method: "GET" });
});

test.each([
  "/assets/index-1a2b3c.js",
  "/assets/missing-0000.js",
  "/assets/folder/missing",
  "/config.json",
  "/icon.svg",
  "/favicon.ico",
  "/robots.txt",
  "/.well-known/apple-app-site-association",
])("the file %s is itself", (uri) => {
  expect(requestFor(uri)).toEqual({ uri, method: "GET" });
});
