import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type {
  CancelSubscriptionRequest,
  ChangeSubscriptionRequest,
  OpenPortalRequest,
  OpenPortalResponse,
  PreviewChangeResponse,
  ResumeSubscriptionRequest,
  SubscriptionResponse,
  TuitionError,
} from "@tuition/client";
import { showSubscriptionQueryKey } from "@tuition/client/react-query";

import { refreshAccess, retry } from "./cache.js";
import { useTuitionClient } from "./provider.js";

export interface UseSubscriptionOptions {
  /** Another subscription than the one that is shown by default. */
  subscriptionId?: string;
  /** Leads to the portal; by default, this page gives way to it. */
  navigate?: (portalUrl: string) => unknown;
}

/** `mutate()` without a request: TanStack Query lets arguments be left out that may be `void`. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- it is what TanStack Query asks for
type Optional<Request> = Request | void;

/** Something that is done with a subscription. A request is only needed where it has something to say. */
type Action<Request, Answer = SubscriptionResponse> = UseMutationResult<Answer, TuitionError, Request>;

export type UseSubscriptionResult = UseQueryResult<SubscriptionResponse, TuitionError> & {
  /** Ends it with its period; `{ immediately: true }` ends it now. */
  cancel: Action<Optional<CancelSubscriptionRequest>>;
  /** Takes back a cancellation, or a change that is scheduled or waits for its payment. */
  resume: Action<Optional<ResumeSubscriptionRequest>>;
  /** Changes the plan or the interval. `payment_required` has `error.members.hosted_invoice_url`. */
  change: Action<ChangeSubscriptionRequest>;
  /** What a change would charge. Send its `proration_date` and `amount_due` with the change, to be charged exactly that. */
  preview: Action<ChangeSubscriptionRequest, PreviewChangeResponse>;
  /** Leads to Stripe's customer portal, and from there back to this page. */
  openPortal: Action<Optional<OpenPortalRequest>, OpenPortalResponse>;
};

/** The learner's subscription, and what can be done with it: `subscription.cancel.mutate()`. */
export function useSubscription({
  subscriptionId,
  navigate = leaveFor,
}: UseSubscriptionOptions = {}): UseSubscriptionResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const named = subscriptionId === undefined ? {} : { subscription_id: subscriptionId };
  const queryKey = showSubscriptionQueryKey({ client, query: named });
  // Every change answers with the subscription as it is then.
  const onSuccess = (subscription: SubscriptionResponse) => {
    queries.setQueryData(queryKey, subscription);
  };
  // A refused change, too, may mean that the page shows something old.
  const onSettled = () => refreshAccess(queries);
  const query = useQuery<SubscriptionResponse, TuitionError>({
    queryKey,
    queryFn: ({ signal }) => client.showSubscription({ query: named, signal }),
    retry,
  });
  const cancel = useMutation<SubscriptionResponse, TuitionError, Optional<CancelSubscriptionRequest>>({
    mutationFn: (request) => client.cancelSubscription({ body: { ...named, ...request } }),
    onSuccess,
    onSettled,
  });
  const resume = useMutation<SubscriptionResponse, TuitionError, Optional<ResumeSubscriptionRequest>>({
    mutationFn: (request) => client.resumeSubscription({ body: { ...named, ...request } }),
    onSuccess,
    onSettled,
  });
  const change = useMutation<SubscriptionResponse, TuitionError, ChangeSubscriptionRequest>({
    mutationFn: (request) => client.changeSubscription({ body: { ...named, ...request } }),
    onSuccess,
    onSettled,
  });
  const preview = useMutation<PreviewChangeResponse, TuitionError, ChangeSubscriptionRequest>({
    mutationFn: (request) => client.previewChange({ body: { ...named, ...request } }),
  });
  const openPortal = useMutation<OpenPortalResponse, TuitionError, Optional<OpenPortalRequest>>({
    mutationFn: async (request) => {
      const portal = await client.openPortal({ body: { return_url: window.location.href, ...request } });
      await navigate(portal.url);
      return portal;
    },
  });
  return { ...query, cancel, resume, change, preview, openPortal };
}

function leaveFor(url: string): void {
  window.location.assign(url);
}
