// What went wrong arrives as a TuitionError, on a running local stack.

import { expect, test } from "vitest";

import { signIn } from "../../stack/learner.js";
import { createTuitionClient, isTuitionError, TuitionError, type TuitionClient } from "../src/index.js";
import { buy, clientOfNewLearner, stack } from "./client.js";

async function errorOf(call: Promise<unknown>): Promise<TuitionError> {
  const error: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(TuitionError);
  return error as TuitionError;
}

const meter = { path: { meter: "ai_minutes" } };

test("a problem document keeps its code, field and request id", async () => {
  const client = await clientOfNewLearner();
  const error = await errorOf(client.createSession({ body: { course_id: "knitting" } }));
  expect(error).toMatchObject({ code: "unknown_course", status: 400, field: "course_id", message: error.detail });
  expect(error.request_id).toBeTruthy();
  expect(isTuitionError(error, "unknown_course")).toBe(true);
  expect(isTuitionError(error, "unknown_plan")).toBe(false);
});

test("what is owned is not sold again", async () => {
  const client = await clientOfNewLearner();
  await buy(client, { course_id: "vector-search" });
  const error = await errorOf(client.createSession({ body: { course_id: "vector-search" } }));
  expect(error).toMatchObject({ code: "already_owned", status: 409 });
});

test("a reached limit says until when, and is not tried again", async () => {
  let sent = 0;
  const token = await signIn();
  const client = createTuitionClient({
    baseUrl: stack.api,
    token: () => token,
    fetch: (...call) => {
      sent += 1;
      return fetch(...call);
    },
  });
  expect(await client.consumeUsage({ ...meter, body: { quantity: 30 } })).toMatchObject({ used: 30, allowed: false });
  const error = await errorOf(client.consumeUsage({ ...meter, body: { quantity: 1 } }));
  expect(error).toMatchObject({ code: "limit_reached", status: 429 });
  expect(error.retryAfter).toBeGreaterThan(0);
  expect(Date.parse(error.members.resets_at ?? "")).toBeGreaterThan(Date.now());
  expect(sent).toBe(2);
});

test("an idempotency key of the caller's own counts once", async () => {
  const client = await clientOfNewLearner();
  const call = { ...meter, headers: { "Idempotency-Key": "call-7-minute-1" } };
  await client.consumeUsage({ ...call, body: { quantity: 1 } });
  expect(await client.consumeUsage({ ...call, body: { quantity: 1 } })).toMatchObject({ used: 1 });
  const error = await errorOf(client.consumeUsage({ ...call, body: { quantity: 2 } }));
  expect(error.code).toBe("idempotency_key_reused");
});

test("API Gateway's own answers are errors with the status", async () => {
  const client = createTuitionClient({ baseUrl: stack.api, token: () => "nonsense" });
  const error = await errorOf(client.listCourses());
  expect(error).toMatchObject({ code: "gateway_error", status: 401, detail: "Unauthorized" });
  const anonymous = createTuitionClient({ baseUrl: stack.api });
  expect(await errorOf(anonymous.showUsage())).toMatchObject({ code: "gateway_error", status: 401 });
});

test("no answer, and an answer of something else, are errors too", async () => {
  const nobody = createTuitionClient({ baseUrl: "http://127.0.0.1:1" });
  const error = await errorOf(nobody.showCatalog());
  expect(error).toMatchObject({ code: "network_error", status: undefined });
  expect(error.cause).toBeInstanceOf(TypeError);
  const another = createTuitionClient({ baseUrl: stack.identity });
  expect(await errorOf(another.showCatalog())).toMatchObject({ code: "unexpected_answer", status: 404 });
});

test("an error of the token provider is the cause of ours", async () => {
  const reason = new Error("please sign in");
  const client = createTuitionClient({ baseUrl: stack.api, token: () => Promise.reject(reason) });
  expect(await errorOf(client.listCourses())).toMatchObject({ code: "token_error", cause: reason });
});

test("an abort throws the reason of the signal", async () => {
  const client: TuitionClient = await clientOfNewLearner();
  const reason = new Error("the page was left");
  await expect(client.listCourses({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
