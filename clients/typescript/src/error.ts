import { problemCodes } from "./generated/codes.gen.js";
import type { Problem } from "./generated/types.gen.js";

/** A code of the API, as in the contract. */
export type ProblemCode = (typeof problemCodes)[number];

/**
 * A code of this client:
 *
 * - `token_error`: The token provider failed; `cause` is its error.
 * - `network_error`: No answer arrived.
 * - `gateway_error`: API Gateway answered instead of the API, such as 401 to a bad token. `status` says what.
 * - `unexpected_answer`: The answer is not one of this API. Perhaps `baseUrl` is wrong.
 * - `checkout_expired`: The payment page was closed unpaid. Open another checkout.
 * - `checkout_unpaid`: The checkout is complete, and its payment takes days, as bank debits do.
 * - `checkout_timeout`: The checkout was not fulfilled in the time that `waitForCheckout` was given.
 */
export type ClientCode =
  | "token_error"
  | "network_error"
  | "gateway_error"
  | "unexpected_answer"
  | "checkout_expired"
  | "checkout_unpaid"
  | "checkout_timeout";

export type ErrorCode = ProblemCode | ClientCode;

type CommonMember = "type" | "title" | "status" | "code" | "detail" | "field" | "request_id";

/** What a problem says beyond what all of them say, such as `resets_at` or `hosted_invoice_url`. */
export type ProblemMembers = Omit<Problem, CommonMember> & Record<string, unknown>;

export interface TuitionErrorInit {
  code: ErrorCode;
  detail: string;
  status?: number | undefined;
  field?: string | undefined;
  request_id?: string | undefined;
  retryAfter?: number | undefined;
  members?: ProblemMembers;
  cause?: unknown;
}

/** Every error of this client, but for an abort: that one throws the reason of the `AbortSignal`. */
export class TuitionError extends Error {
  override readonly name = "TuitionError";
  /** What went wrong. It is stable, so decide by it. */
  readonly code: ErrorCode;
  /** The HTTP status; `undefined` when there was no answer. */
  readonly status: number | undefined;
  /** A sentence for the developer. It may change. */
  readonly detail: string;
  /** The field of the request that is meant, if it is one. */
  readonly field: string | undefined;
  /** Names the request in the logs of the API. */
  readonly request_id: string | undefined;
  /** After how many seconds it can be tried again. */
  readonly retryAfter: number | undefined;
  /** The other members of the problem document, such as `resets_at` or `hosted_invoice_url`. */
  readonly members: ProblemMembers;

  constructor(init: TuitionErrorInit) {
    super(init.detail, { cause: init.cause });
    this.code = init.code;
    this.status = init.status;
    this.detail = init.detail;
    this.field = init.field;
    this.request_id = init.request_id;
    this.retryAfter = init.retryAfter;
    this.members = init.members ?? {};
  }
}

/** Whether it is a `TuitionError`; with `code`, whether it is one with this code. */
export function isTuitionError(error: unknown, code?: ErrorCode): error is TuitionError {
  return error instanceof TuitionError && (code === undefined || error.code === code);
}

/** What the generated client caught, as a `TuitionError`. What is thrown before there is a request stays as it is, and so does an abort. */
export function toTuitionError(error: unknown, response: Response | undefined, request: Request | undefined): unknown {
  if (request === undefined || request.signal.aborted) return error;
  if (response === undefined || (error instanceof Error && !(error instanceof SyntaxError))) {
    const detail = `No answer arrived from ${new URL(request.url).origin}.`;
    return new TuitionError({ code: "network_error", detail, status: response?.status, cause: error });
  }
  const { status } = response;
  const known = {
    status,
    request_id: response.headers.get("apigw-requestid") ?? undefined,
    retryAfter: retryAfterOf(response),
  };
  if (isProblem(error)) {
    const { type: _type, title: _title, status: _status, code, detail, field, request_id, ...members } = error;
    // A newer API may have codes that this version does not know.
    return new TuitionError({ ...known, code: code as ProblemCode, detail, field, request_id, members });
  }
  if (!response.ok && isObject(error) && typeof error.message === "string") {
    return new TuitionError({ ...known, code: "gateway_error", detail: error.message });
  }
  const detail = `The answer with status ${status} is not one of Tuition's API.`;
  return new TuitionError({ ...known, code: "unexpected_answer", detail, cause: error });
}

/** The seconds in `Retry-After`, which may also be a date. */
export function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

function isProblem(value: unknown): value is Problem {
  return isObject(value) && typeof value.code === "string" && typeof value.detail === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
