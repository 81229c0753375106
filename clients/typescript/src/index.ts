export { createTuitionClient, type TuitionClient, type TuitionClientOptions } from "./client.js";
export type { WaitForCheckoutOptions } from "./checkout.js";
export {
  isTuitionError,
  TuitionError,
  type ClientCode,
  type ErrorCode,
  type ProblemCode,
  type ProblemMembers,
  type TuitionErrorInit,
} from "./error.js";
export { problemCodes } from "./generated/codes.gen.js";
export type * from "./generated/types.gen.js";
export type { ListOptions } from "./pages.js";
export type { RetryOptions } from "./retry.js";
