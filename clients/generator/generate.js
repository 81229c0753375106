// Generates the client's code from openapi.json: `npm run generate`, or `npm run generate -- DIRECTORY` for another place.

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { createClient } from "@hey-api/openapi-ts";

const contract = resolve(import.meta.dirname, "../../openapi.json");
const output = resolve(process.argv[2] ?? join(import.meta.dirname, "../typescript/src/generated"));

/** Every error code that the contract names, in alphabetical order. */
function codesOf(node) {
  if (typeof node !== "object" || node === null) return [];
  const own = node.properties?.code?.enum ?? [];
  return [...own, ...Object.values(node).flatMap(codesOf)];
}

await createClient({
  input: contract,
  output: { path: output, clean: true, module: { extension: ".js" } },
  logs: { level: "warn", file: false },
  plugins: [
    // Without these names, `CreateSessionResponse` would be both a schema and what an operation answers.
    {
      name: "@hey-api/typescript",
      responses: { name: "{{name}}Results", response: "{{name}}Result" },
    },
    { name: "@hey-api/client-fetch", throwOnError: true, baseUrl: false },
    { name: "@hey-api/sdk", responseStyle: "data" },
    { name: "@tanstack/react-query" },
  ],
});

const codes = [...new Set(codesOf(JSON.parse(readFileSync(contract, "utf8"))))].sort();
writeFileSync(
  join(output, "codes.gen.ts"),
  `// This file is auto-generated from openapi.json

/** Every code that a problem document of the API can have. */
export const problemCodes = [
${codes.map((code) => `  "${code}",\n`).join("")}] as const;
`,
);
