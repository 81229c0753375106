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
import type {
  ApproveRefundRequestRequest,
  OperatorRefundRequestResponse,
  OperatorRefundRequestResponsePage,
  PaymentDetailsResponse,
  PaymentResponse,
  PaymentResponsePage,
  RefundRequestDetailsResponse,
  RefundRequestResponse,
  RefundRequestStatus,
  TuitionError,
} from "@tuition/client";
import {
  listAllRefundRequestsInfiniteQueryKey,
  listPaymentsInfiniteQueryKey,
  showPaymentQueryKey,
  showRefundRequestQueryKey,
} from "@tuition/client/react-query";

import { refreshPayments, retry } from "./cache.js";
import { useTuitionClient } from "./provider.js";

/** The learner's payments, the newest first. `fetchNextPage` adds older ones. */
export function usePayments(options: { limit?: number } = {}): UseInfiniteQueryResult<PaymentResponse[], TuitionError> {
  const client = useTuitionClient();
  const { limit } = options;
  return useInfiniteQuery({
    queryKey: listPaymentsInfiniteQueryKey({ client, query: { limit } }),
    queryFn: ({ pageParam, signal }) => client.listPayments({ query: { limit, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: PaymentResponsePage) => page.next_cursor,
    select: ({ pages }: InfiniteData<PaymentResponsePage>) => pages.flatMap(({ items }) => items),
    retry,
  });
}

/** A payment with its receipt and the card that paid. */
export function usePayment(paymentId: string): UseQueryResult<PaymentDetailsResponse, TuitionError> {
  const client = useTuitionClient();
  const path = { id: paymentId };
  return useQuery({
    queryKey: showPaymentQueryKey({ client, path }),
    queryFn: ({ signal }) => client.showPayment({ path, signal }),
    retry,
  });
}

/** Asks for a refund: `request.mutate("I bought it twice")`. */
export function useRequestRefund(paymentId: string): UseMutationResult<RefundRequestResponse, TuitionError, string> {
  const client = useTuitionClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (reason) => client.createRefundRequest({ path: { id: paymentId }, body: { reason } }),
    onSettled: () => refreshPayments(queries),
  });
}

/** Withdraws an open refund request: `withdraw.mutate(request.id)`. */
export function useWithdrawRefundRequest(): UseMutationResult<RefundRequestResponse, TuitionError, string> {
  const client = useTuitionClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id) => client.withdrawRefundRequest({ path: { id } }),
    onSettled: () => refreshPayments(queries),
  });
}

/** For operators: the refund requests of all learners with a status, the oldest first. */
export function useRefundQueue(
  status: RefundRequestStatus,
): UseInfiniteQueryResult<OperatorRefundRequestResponse[], TuitionError> {
  const client = useTuitionClient();
  return useInfiniteQuery({
    queryKey: listAllRefundRequestsInfiniteQueryKey({ client, query: { status } }),
    queryFn: ({ pageParam, signal }) => client.listAllRefundRequests({ query: { status, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: OperatorRefundRequestResponsePage) => page.next_cursor,
    select: ({ pages }: InfiniteData<OperatorRefundRequestResponsePage>) => pages.flatMap(({ items }) => items),
    retry,
  });
}

/** For operators: a refund request with all that helps to decide it. */
export function useRefundRequest(requestId: string): UseQueryResult<RefundRequestDetailsResponse, TuitionError> {
  const client = useTuitionClient();
  const path = { id: requestId };
  return useQuery({
    queryKey: showRefundRequestQueryKey({ client, path }),
    queryFn: ({ signal }) => client.showRefundRequest({ path, signal }),
    retry,
  });
}

export interface UseRefundDecisionResult {
  /** Refunds all that is left, or a part: `approve.mutate({ amount: 1000 })`. Approving again makes no second refund. */
  approve: UseMutationResult<OperatorRefundRequestResponse, TuitionError, ApproveRefundRequestRequest>;
  /** Refunds nothing, and tells the learner why: `reject.mutate("..")`. */
  reject: UseMutationResult<OperatorRefundRequestResponse, TuitionError, string>;
}

/** For operators: decides a refund request. */
export function useRefundDecision(requestId: string): UseRefundDecisionResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const path = { id: requestId };
  const onSettled = () => refreshPayments(queries);
  const approve = useMutation<OperatorRefundRequestResponse, TuitionError, ApproveRefundRequestRequest>({
    mutationFn: (body) => client.approveRefundRequest({ path, body }),
    onSettled,
  });
  const reject = useMutation<OperatorRefundRequestResponse, TuitionError, string>({
    mutationFn: (note) => client.rejectRefundRequest({ path, body: { note } }),
    onSettled,
  });
  return { approve, reject };
}
