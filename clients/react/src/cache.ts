// Which answers are kept under which keys, and which of them a change makes stale.

import type { QueryClient } from "@tanstack/react-query";
import type { TuitionError } from "@tuition/client";

/** The operations whose answers depend on what the learner has. */
const ACCESS = [
  "listCourses",
  "showCourse",
  "checkAccess",
  "listEnrollments",
  "listEntitlements",
  "showEntitlement",
  "showUsage",
];
/** What depends on what the learner has done. */
const PROGRESS = ["showCourse", "listEnrollments"];
const SUBSCRIPTION = ["showSubscription", "listInvoices", "listPayments"];
/** A payment may use credit, and a refund brings it back. */
const REFERRALS = ["showReferrals", "listReferralHistory"];
const PAYMENTS = ["listPayments", "showPayment", "listAllRefundRequests", "showRefundRequest"];

/** Fetches anew what a payment or a change of the subscription has changed. */
export function refreshAccess(queries: QueryClient): Promise<void> {
  return refresh(queries, [...ACCESS, ...SUBSCRIPTION, ...REFERRALS]);
}

/** Fetches anew what a completed step or a certificate has changed. */
export function refreshProgress(queries: QueryClient): Promise<void> {
  return refresh(queries, PROGRESS);
}

/** Fetches anew what a refund request or its decision has changed. */
export function refreshPayments(queries: QueryClient): Promise<void> {
  return refresh(queries, [...PAYMENTS, ...ACCESS, ...REFERRALS]);
}

/** Fetches the meters anew. */
export function refreshUsage(queries: QueryClient): Promise<void> {
  return refresh(queries, ["showUsage"]);
}

/** Generated keys have the operation's name as `_id`. */
function refresh(queries: QueryClient, operations: string[]): Promise<void> {
  return queries.invalidateQueries({
    predicate: ({ queryKey: [key] }) =>
      typeof key === "object" && key !== null && "_id" in key && operations.includes(key._id as string),
  });
}

/** The client tries again by itself what the API asks to; a lost connection is tried again here. */
export function retry(failures: number, error: TuitionError): boolean {
  return failures < 2 && error.code === "network_error";
}
