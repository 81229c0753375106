import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { MeterResponse, TuitionError, UsageResponse } from "@tuition/client";
import { showUsageQueryKey } from "@tuition/client/react-query";

import { refreshUsage } from "./cache.js";
import { useTuitionClient } from "./provider.js";

export interface Consumption {
  quantity: number;
  /** A name of your own for it. Repeated with the same name, it counts once. */
  idempotencyKey?: string;
}

export type UseConsumeResult = UseMutationResult<MeterResponse, TuitionError, number | Consumption> & {
  /** It was more than is left. `error.members.resets_at` says until when. */
  isLimitReached: boolean;
};

/** Uses so much of a meter, or nothing when that is more than is left: `consume.mutate(1)`. */
export function useConsume(meter: string): UseConsumeResult {
  const client = useTuitionClient();
  const queries = useQueryClient();
  const mutation = useMutation<MeterResponse, TuitionError, number | Consumption>({
    mutationFn: (consumption) => {
      const { quantity, idempotencyKey } = typeof consumption === "number" ? { quantity: consumption } : consumption;
      const headers = idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey };
      return client.consumeUsage({ path: { meter }, body: { quantity }, headers });
    },
    onSuccess: (used) => {
      queries.setQueryData<UsageResponse>(
        showUsageQueryKey({ client }),
        (usage) => usage && { ...usage, meters: { ...usage.meters, [meter]: used } },
      );
    },
    onSettled: () => {
      void refreshUsage(queries);
    },
  });
  return { ...mutation, isLimitReached: mutation.error?.code === "limit_reached" };
}
