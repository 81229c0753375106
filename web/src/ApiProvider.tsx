import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTuitionClient, isTuitionError } from "@tuition/client";
import { TuitionProvider } from "@tuition/react";
import { useState, type ReactNode } from "react";

import { useSession } from "./auth/SessionProvider.tsx";
import { useConfig } from "./configContext.tsx";

export interface ApiProviderProps {
  children: ReactNode;
}

/** The API for whoever is signed in. What was kept of one learner is gone with them. */
export function ApiProvider({ children }: ApiProviderProps): ReactNode {
  const { learner } = useSession();
  return <ApiOfLearner key={learner?.id ?? "nobody"}>{children}</ApiOfLearner>;
}

function ApiOfLearner({ children }: ApiProviderProps): ReactNode {
  const { api_url } = useConfig();
  const { idToken, end, learner } = useSession();
  const [client] = useState(() => createTuitionClient({ baseUrl: api_url, token: idToken }));
  const [queries] = useState(() => {
    const onError = (error: unknown) => {
      if (learner !== undefined && isTuitionError(error) && error.status === 401) end();
    };
    return new QueryClient({
      queryCache: new QueryCache({ onError }),
      mutationCache: new MutationCache({ onError }),
      defaultOptions: { queries: { staleTime: 15_000 } },
    });
  });
  return (
    <QueryClientProvider client={queries}>
      <TuitionProvider client={client}>{children}</TuitionProvider>
    </QueryClientProvider>
  );
}
