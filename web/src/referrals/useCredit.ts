import { useReferrals } from "@tuition/react";

import { useSession } from "../auth/SessionProvider.tsx";

export interface Credit {
  /** It is not known yet, so nothing that depends on it can be shown without moving later. */
  isPending: boolean;
  /** What can be spent in a currency, in minor units. */
  available: (currency: string) => number;
}

/** The learner's credit. Nobody has none, and whatever cannot be found out does not stop a sale. */
export function useCredit(): Credit {
  const { learner } = useSession();
  const { data, isLoading } = useReferrals({ enabled: learner !== undefined });
  return {
    isPending: isLoading,
    available: (currency) => data?.credit.find((one) => one.currency === currency)?.available ?? 0,
  };
}
