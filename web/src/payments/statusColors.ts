import type { PaymentResponse } from "@tuition/client";

/** The colour of the badge with a payment's status. */
export const STATUS_COLORS: Record<PaymentResponse["status"], string> = {
  pending: "yellow",
  paid: "green",
  partially_refunded: "gray",
  refunded: "gray",
  disputed: "red",
  failed: "red",
};
