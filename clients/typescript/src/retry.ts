import { delay } from "./delay.js";
import { retryAfterOf } from "./error.js";

export interface RetryOptions {
  /** How often a request is sent at most. 3 by default; 1 never tries again. */
  tries?: number;
  /** The longest wait between two of them, in milliseconds. Whatever asks for more is an error at once. 20 seconds by default. */
  maxDelay?: number;
}

const FIRST_DELAY = 250;

/**
 * A `fetch` that sends a request again after 503, and after 429 unless a usage limit is reached, when `Retry-After` says so.
 * Repeating is safe: every route of the API is idempotent, `POST /usage/{meter}` by its `Idempotency-Key`.
 */
export function retryingFetch(fetch: typeof globalThis.fetch, options: RetryOptions = {}): typeof globalThis.fetch {
  const { tries = 3, maxDelay = 20_000 } = options;
  return async (input, init) => {
    const request = new Request(input, init);
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(request.clone());
      if (attempt >= tries || !(await canBeRepeated(response))) return response;
      const wait = delayAfter(response, attempt);
      if (wait > maxDelay) return response;
      await response.body?.cancel();
      await delay(wait, request.signal);
    }
  };
}

async function canBeRepeated(response: Response): Promise<boolean> {
  if (response.status === 503) return true;
  if (response.status !== 429) return false;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  // API Gateway's own 429 has no code.
  return typeof body === "object" && body !== null && (!("code" in body) || body.code === "rate_limited");
}

/** In milliseconds. */
function delayAfter(response: Response, attempt: number): number {
  const seconds = retryAfterOf(response);
  if (seconds !== undefined) return seconds * 1000;
  // Random, so that many clients do not come back together.
  return FIRST_DELAY * 2 ** (attempt - 1) * (0.5 + Math.random());
}
