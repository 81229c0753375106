import type { PaymentProblem as Problem, PaymentProblemKind, TuitionError } from "@tuition/client";
import type { ReactNode } from "react";

import { useSubscription, type UseSubscriptionOptions } from "./subscription.js";

export interface PaymentProblemProps extends UseSubscriptionOptions {
  className?: string;
  /** Other words. What is not given stays as it is. */
  messages?: Partial<PaymentProblemMessages>;
  /** Something else to be shown. `updatePaymentMethod` leads to the page that takes another payment method. */
  children?: (problem: Problem, updatePaymentMethod: () => void, portal: PortalState) => ReactNode;
}

/** The page that takes another payment method, on the way to it. */
export interface PortalState {
  /** It is being opened. */
  isOpening: boolean;
  /** It could not be opened. */
  error: TuitionError | null;
}

export type PaymentProblemMessages = Record<
  PaymentProblemKind | "updatePaymentMethod" | "openInvoice" | "portalFailed",
  string
>;

const MESSAGES: PaymentProblemMessages = {
  payment_failed: "Your last payment failed.",
  action_required: "Your bank asks you to confirm your last payment.",
  disputed: "A payment of your subscription is disputed. Please wait for your bank, or withdraw the dispute there.",
  dispute_lost: "Your bank took a payment back, and your subscription ends. You can subscribe anew.",
  invoice_voided: "The invoice of this period was voided, and cannot be paid. Please cancel, and subscribe anew.",
  updatePaymentMethod: "Update the payment method",
  openInvoice: "Open the invoice",
  portalFailed: "The page for it could not be opened. Please try again in a moment.",
};

/** Says that a payment of the subscription failed, and leads to the page that mends it. Shows nothing while all is well. */
export function PaymentProblem({ className, messages, children, ...options }: PaymentProblemProps): ReactNode {
  const { data: subscription, openPortal } = useSubscription(options);
  const problem = subscription?.payment_problem;
  if (!problem) return null;
  // The address in the problem is good for minutes only, so the page is opened anew.
  const updatePaymentMethod = () => {
    openPortal.mutate({ flow: "payment_method_update" });
  };
  const isOpening = openPortal.isPending;
  if (children) return children(problem, updatePaymentMethod, { isOpening, error: openPortal.error });
  const words = { ...MESSAGES, ...messages };
  return (
    <div role="alert" className={className}>
      <p>{words[problem.kind]}</p>
      {problem.kind === "payment_failed" && (
        <button type="button" onClick={updatePaymentMethod} disabled={isOpening}>
          {words.updatePaymentMethod}
        </button>
      )}
      {(problem.kind === "payment_failed" || problem.kind === "action_required") && problem.hosted_invoice_url && (
        <a href={problem.hosted_invoice_url}>{words.openInvoice}</a>
      )}
      {openPortal.error && <p>{words.portalFailed}</p>}
    </div>
  );
}
