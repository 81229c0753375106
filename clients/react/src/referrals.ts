// What a learner earns by recommending the school, and the code of whoever was sent by a learner.

import {
  useInfiniteQuery,
  useQuery,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { ReferralCodeResponse, ReferralResponsePage, ReferralsResponse, TuitionError } from "@tuition/client";
import {
  checkReferralCodeQueryKey,
  listReferralHistoryInfiniteQueryKey,
  showReferralsQueryKey,
} from "@tuition/client/react-query";

import { retry } from "./cache.js";
import { useTuitionClient } from "./provider.js";

/** One entry of the history. */
export type Referral = ReferralResponsePage["items"][number];

/**
 * The learner's code and link, how many referrals stand where, and the credit in every currency.
 *
 * With `enabled: false` nothing is asked, as for a page that nobody has signed in to.
 */
export function useReferrals({ enabled = true }: { enabled?: boolean } = {}): UseQueryResult<
  ReferralsResponse,
  TuitionError
> {
  const client = useTuitionClient();
  return useQuery({
    queryKey: showReferralsQueryKey({ client }),
    queryFn: ({ signal }) => client.showReferrals({ signal }),
    enabled,
    retry,
  });
}

/** The learner's referrals, the newest first. `fetchNextPage` adds older ones. */
export function useReferralHistory(options: { limit?: number } = {}): UseInfiniteQueryResult<Referral[], TuitionError> {
  const client = useTuitionClient();
  const { limit } = options;
  return useInfiniteQuery({
    queryKey: listReferralHistoryInfiniteQueryKey({ client, query: { limit } }),
    queryFn: ({ pageParam, signal }) => client.listReferralHistory({ query: { limit, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: ReferralResponsePage) => page.next_cursor,
    select: ({ pages }: InfiniteData<ReferralResponsePage>) => pages.flatMap(({ items }) => items),
    retry,
  });
}

/** Whether a referral code is one. It needs nobody signed in. */
export function useReferralCode(code: string): UseQueryResult<ReferralCodeResponse, TuitionError> {
  const client = useTuitionClient();
  const path = { code };
  return useQuery({
    queryKey: checkReferralCodeQueryKey({ client, path }),
    queryFn: ({ signal }) => client.checkReferralCode({ path, signal }),
    retry,
  });
}
