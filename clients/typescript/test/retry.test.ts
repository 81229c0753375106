// What is tried again, and when, with a server that answers what a test tells it to.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";

import { createTuitionClient, type RetryOptions, type TuitionClient } from "../src/index.js";

type Answer = (response: ServerResponse) => void;

interface Received {
  method: string | undefined;
  key: string | undefined;
  body: string;
}

const servers: { close: () => unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that gives these answers, the last one again and again, and what it has received. */
async function serve(
  ...answers: Answer[]
): Promise<{ received: Received[]; client: (retry?: RetryOptions) => TuitionClient }> {
  const received: Received[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const key = request.headers["idempotency-key"]?.toString();
    received.push({ method: request.method, key, body: await text(request) });
    (answers.length > 1 ? answers.shift() : answers[0])?.(response);
  };
  const server = createServer((request, response) => void handle(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { received, client: (retry = {}) => createTuitionClient({ baseUrl, retry }) };
}

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  json(status, { type: "about:blank", title: "", status, code, detail: code, request_id: "1" }, headers);

const catalog = json(200, { courses: [], products: [], plans: [] });

test("503 is tried again when Retry-After says so", async () => {
  const { received, client } = await serve(problem(503, "store_unavailable", { "retry-after": "1" }), catalog);
  const start = performance.now();
  expect(await client().showCatalog()).toEqual({ courses: [], products: [], plans: [] });
  expect(performance.now() - start).toBeGreaterThan(990);
  expect(received).toHaveLength(2);
});

test("Retry-After can be a date", async () => {
  const past = new Date(0).toUTCString();
  const { received, client } = await serve(problem(503, "timeout", { "retry-after": past }), catalog);
  await client().showCatalog();
  expect(received).toHaveLength(2);
});

test("a rate limit is waited for, by the API or by API Gateway", async () => {
  const { received, client } = await serve(
    problem(429, "rate_limited", { "retry-after": "0" }),
    json(429, { message: "Too Many Requests" }),
    catalog,
  );
  await client().showCatalog();
  expect(received).toHaveLength(3);
});

test("a usage limit is never tried again", async () => {
  const { received, client } = await serve(problem(429, "limit_reached", { "retry-after": "0" }));
  const call = client().consumeUsage({ path: { meter: "ai_minutes" }, body: { quantity: 1 } });
  await expect(call).rejects.toMatchObject({ code: "limit_reached", retryAfter: 0 });
  expect(received).toHaveLength(1);
});

test("other errors are not tried again", async () => {
  const { received, client } = await serve(problem(500, "internal_error", { "retry-after": "0" }));
  await expect(client().showCatalog()).rejects.toMatchObject({ code: "internal_error" });
  expect(received).toHaveLength(1);
});

test("the tries end", async () => {
  const { received, client } = await serve(problem(503, "store_unavailable", { "retry-after": "0" }));
  await expect(client().showCatalog()).rejects.toMatchObject({ code: "store_unavailable", status: 503 });
  expect(received).toHaveLength(3);
  await expect(client({ tries: 1 }).showCatalog()).rejects.toMatchObject({ code: "store_unavailable" });
  expect(received).toHaveLength(4);
});

test("a wait that is too long is an error at once", async () => {
  const { received, client } = await serve(problem(429, "rate_limited", { "retry-after": "60" }));
  await expect(client().showCatalog()).rejects.toMatchObject({ code: "rate_limited", retryAfter: 60 });
  expect(received).toHaveLength(1);
});

test("an abort ends the wait", async () => {
  const { received, client } = await serve(problem(503, "store_unavailable", { "retry-after": "20" }));
  const controller = new AbortController();
  const reason = new Error("the page was left");
  const call = client().showCatalog({ signal: controller.signal });
  await expect.poll(() => received.length).toBe(1);
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
});

test("a POST is sent again as it was, and usage with the same idempotency key", async () => {
  const meter = json(200, { used: 1, limit: null, period: "day", resets_at: "2026-11-22T00:00:00Z", allowed: true });
  const { received, client } = await serve(problem(503, "timeout", { "retry-after": "0" }), meter);
  const tuition = client();
  await tuition.consumeUsage({ path: { meter: "ai_minutes" }, body: { quantity: 1 } });
  expect(received).toHaveLength(2);
  expect(received[0]).toMatchObject({ method: "POST", body: '{"quantity":1}' });
  expect(received[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  expect(received[1]).toEqual(received[0]);
  await tuition.consumeUsage({ path: { meter: "ai_minutes" }, body: { quantity: 1 } });
  expect(received[2]?.key).not.toBe(received[0]?.key);
});
