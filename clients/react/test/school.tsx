// A page of a school, with a learner who is signed in on the local stack.

import { render, renderHook, type RenderHookResult, type RenderResult } from "@testing-library/react";
import { createTuitionClient, type CreateSessionRequest, type TuitionClient } from "@tuition/client";
import type { ReactNode } from "react";
import { inject } from "vitest";

import { pay, signIn } from "../../stack/learner.js";
import { TuitionProvider } from "../src/index.js";

/** A URL that payments may return to. */
export const SCHOOL = inject("stack").page;

/** A client of a learner whom nobody knows yet. */
export async function newLearner(): Promise<TuitionClient> {
  const token = await signIn();
  return createTuitionClient({ baseUrl: inject("stack").api, token: () => token });
}

export function show(client: TuitionClient, page: ReactNode): RenderResult {
  return render(<TuitionProvider client={client}>{page}</TuitionProvider>);
}

export function use<Result>(client: TuitionClient, hook: () => Result): RenderHookResult<Result, unknown> {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <TuitionProvider client={client}>{children}</TuitionProvider>
  );
  return renderHook(hook, { wrapper });
}

/** Buys by card what the request names, and waits until it is open. */
export async function buy(client: TuitionClient, request: CreateSessionRequest): Promise<void> {
  const { session_id, checkout_url } = await client.createSession({ body: request });
  await pay(checkout_url);
  await client.waitForCheckout(session_id);
}
