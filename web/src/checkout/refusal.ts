import type { TuitionError } from "@tuition/client";
import { createContext } from "react";

/** Whoever signed in on the way to a payment page came back, because the API refused the checkout. */
export interface Refusal {
  /** Of the page that they came back to. */
  path: string;
  /** Of what they were about to buy. */
  priceId: string;
  error: TuitionError;
}

export const RefusalContext = createContext<Refusal | undefined>(undefined);
