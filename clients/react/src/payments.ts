// Payments and refund requests, for the learner who paid and for the operator who decides.

import {
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { AccessResponse, TuitionClient, TuitionError } from "@tuition/client";

import { refreshPayments, retry } from "./cache.js";
import { useTuitionClient } from "./provider.js";

export type RefundRequestStatus = "open" | "approved" | "refunded" | "refund_failed" | "rejected" | "withdrawn";

/** A refund request, as its learner sees it. */
export interface RefundRequestResponse {
  id: string;
  payment_id: string;
  status: RefundRequestStatus;
  reason: string;
  created_at: string;
  updated_at: string;
  /** In minor units of the payment's currency. */
  approved_amount: number | null;
  /** What the operator says about the decision. */
  note: string | null;
}

/** A payment. Amounts are in minor units. */
export interface PaymentResponse {
  /** `pi_`, `cs_` or `in_`. */
  id: string;
  kind: "purchase" | "subscription";
  /** A product or plan of the catalog; `null` when it is not sold here. */
  product: string | null;
  amount: number;
  currency: string;
  status: "pending" | "paid" | "partially_refunded" | "refunded" | "disputed" | "failed";
  created_at: string;
  refunded_amount: number;
  refunds: { id: string; amount: number; status: string; created_at: string | null }[];
  dispute: { id: string; status: string } | null;
  /** The last one. */
  refund_request: RefundRequestResponse | null;
  /** Whether a refund may be asked for, why not, and until when. */
  refundable: { allowed: boolean; reason: string | null; until: string | null };
}

/** A payment with what only Stripe knows. */
export interface PaymentDetailsResponse extends PaymentResponse {
  receipt_url: string | null;
  card: { brand: string; last4: string } | null;
}

/** A refund request, as operators see it. */
export interface OperatorRefundRequestResponse extends RefundRequestResponse {
  /** The learner: the `sub` of the token. */
  user_id: string;
  kind: PaymentResponse["kind"];
  product: string | null;
  amount: number;
  currency: string;
  /** What the learner had done of the courses when asking. */
  progress_percent: number;
  /** The last one. */
  approval: {
    number: number;
    amount: number;
    canceled_subscription_id: string | null;
    approved_by: string | null;
    approved_at: string;
  } | null;
  rejected_by: string | null;
}

/** A refund request with the learner's payment, access and progress. */
export interface RefundRequestDetailsResponse extends OperatorRefundRequestResponse {
  email: string | null;
  payment: PaymentResponse | null;
  courses: { course_id: string; access: AccessResponse; percent: number; has_certificate: boolean }[];
}

interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

interface Call {
  url: string;
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
}

type Method = "get" | "post" | "delete";

async function call<Answer>(client: TuitionClient, method: Method, options: Call): Promise<Answer> {
  const headers = options.body === undefined ? {} : { "Content-Type": "application/json" };
  const security = [{ scheme: "bearer", type: "http" } as const];
  const answer = await client[method]({ ...options, headers, security, responseStyle: "data", throwOnError: true });
  return answer as Answer;
}

/** As the generated keys are. */
function keyOf(client: TuitionClient, operation: string, parameters: Record<string, unknown> = {}) {
  return [{ _id: operation, baseUrl: client.getConfig().baseUrl, ...parameters }];
}

function usePages<Item>(operation: string, url: string, query: Record<string, unknown>) {
  const client = useTuitionClient();
  return useInfiniteQuery<Page<Item>, TuitionError, Item[], unknown[], string | undefined>({
    queryKey: [...keyOf(client, operation, { query }), "pages"],
    queryFn: ({ pageParam, signal }) => call(client, "get", { url, query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next_cursor,
    select: ({ pages }: InfiniteData<Page<Item>>) => pages.flatMap(({ items }) => items),
    retry,
  });
}

/** The learner's payments, the newest first. `fetchNextPage` adds older ones. */
export function usePayments({ limit }: { limit?: number } = {}): UseInfiniteQueryResult<
  PaymentResponse[],
  TuitionError
> {
  return usePages("listPayments", "/billing/payments", { limit });
}

/** A payment with its receipt and the card that paid. */
export function usePayment(paymentId: string): UseQueryResult<PaymentDetailsResponse, TuitionError> {
  const client = useTuitionClient();
  const path = { id: paymentId };
  return useQuery({
    queryKey: keyOf(client, "showPayment", { path }),
    queryFn: ({ signal }) =>
      call<PaymentDetailsResponse>(client, "get", { url: "/billing/payments/{id}", path, signal }),
    retry,
  });
}

/** Asks for a refund: `request.mutate("I bought it twice")`. */
export function useRequestRefund(paymentId: string): UseMutationResult<RefundRequestResponse, TuitionError, string> {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const url = "/billing/payments/{id}/refund-requests";
  return useMutation({
    mutationFn: (reason) => call(client, "post", { url, path: { id: paymentId }, body: { reason } }),
    onSettled: () => refreshPayments(queries),
  });
}

/** Withdraws an open refund request: `withdraw.mutate(request.id)`. */
export function useWithdrawRefundRequest(): UseMutationResult<RefundRequestResponse, TuitionError, string> {
  const client = useTuitionClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id) => call(client, "delete", { url: "/billing/refund-requests/{id}", path: { id } }),
    onSettled: () => refreshPayments(queries),
  });
}

/** For operators: the refund requests of all learners with a status, the oldest first. */
export function useRefundQueue(
  status: RefundRequestStatus,
): UseInfiniteQueryResult<OperatorRefundRequestResponse[], TuitionError> {
  return usePages("listAllRefundRequests", "/admin/refund-requests", { status });
}

/** For operators: a refund request with all that helps to decide it. */
export function useRefundRequest(requestId: string): UseQueryResult<RefundRequestDetailsResponse, TuitionError> {
  const client = useTuitionClient();
  const path = { id: requestId };
  return useQuery({
    queryKey: keyOf(client, "showRefundRequest", { path }),
    queryFn: ({ signal }) =>
      call<RefundRequestDetailsResponse>(client, "get", { url: "/admin/refund-requests/{id}", path, signal }),
    retry,
  });
}

/** How a refund request is approved: by default all that is left goes back. */
export interface Approval {
  /** In minor units. */
  amount?: number;
  /** What the learner is told. */
  note?: string;
}

export interface UseRefundDecisionResult {
  /** Refunds all that is left, or a part. Approving again makes no second refund. */
  approve: UseMutationResult<OperatorRefundRequestResponse, TuitionError, Approval>;
  /** Refunds nothing, and tells the learner why: `reject.mutate("..")`. */
  reject: UseMutationResult<OperatorRefundRequestResponse, TuitionError, string>;
}

/** For operators: decides a refund request. */
export function useRefundDecision(requestId: string): UseRefundDecisionResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const path = { id: requestId };
  const onSettled = () => refreshPayments(queries);
  const approve = useMutation<OperatorRefundRequestResponse, TuitionError, Approval>({
    mutationFn: (body) => call(client, "post", { url: "/admin/refund-requests/{id}/approve", path, body }),
    onSettled,
  });
  const reject = useMutation<OperatorRefundRequestResponse, TuitionError, string>({
    mutationFn: (note) => call(client, "post", { url: "/admin/refund-requests/{id}/reject", path, body: { note } }),
    onSettled,
  });
  return { approve, reject };
}
