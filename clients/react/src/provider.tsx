import { QueryClient, QueryClientContext, QueryClientProvider } from "@tanstack/react-query";
import type { TuitionClient } from "@tuition/client";
import { createContext, useContext, useState, type ReactNode } from "react";

const ClientContext = createContext<TuitionClient | undefined>(undefined);

export interface TuitionProviderProps {
  /** What `createTuitionClient` made. */
  client: TuitionClient;
  children?: ReactNode;
}

/**
 * Gives the hooks below it their client.
 *
 * Answers are kept in the `QueryClient` of the application, or in one of its own where there is none. Give it the learner as
 * its `key`, so that nobody sees what was kept of somebody else.
 */
export function TuitionProvider({ client, children }: TuitionProviderProps): ReactNode {
  const outer = useContext(QueryClientContext);
  const [own] = useState(() => outer ?? new QueryClient());
  const provided = <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
  return outer ? provided : <QueryClientProvider client={own}>{provided}</QueryClientProvider>;
}

/** The client of the nearest `TuitionProvider`. */
export function useTuitionClient(): TuitionClient {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error("There is no <TuitionProvider> above this component.");
  return client;
}
