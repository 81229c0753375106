export {
  useCheckout,
  useCheckoutResult,
  type CheckoutResultState,
  type UseCheckoutOptions,
  type UseCheckoutResult,
  type UseCheckoutResultResult,
} from "./checkout.js";
export { useConsume, type Consumption, type UseConsumeResult } from "./consume.js";
export { useCompleteStep, useCreateCertificate, useUndoStep, type UseStepResult } from "./learning.js";
export {
  usePaymentIntent,
  usePaymentIntentResult,
  type PaymentIntentResultState,
  type UsePaymentIntentResult,
  type UsePaymentIntentResultResult,
} from "./paymentIntent.js";
export {
  PaymentProblem,
  type PaymentProblemMessages,
  type PaymentProblemProps,
  type PortalState,
} from "./paymentProblem.js";
export {
  usePayment,
  usePayments,
  useRefundDecision,
  useRefundQueue,
  useRefundRequest,
  useRequestRefund,
  useWithdrawRefundRequest,
  type UseRefundDecisionResult,
} from "./payments.js";
export { Paywall, type Closed, type PaywallProps } from "./paywall.js";
export { TuitionProvider, useTuitionClient, type TuitionProviderProps } from "./provider.js";
export {
  useAccess,
  useCatalog,
  useCertificate,
  useCourse,
  useCourses,
  useEnrollments,
  useEntitlements,
  useInvoices,
  useUsage,
} from "./queries.js";
export { useReferralCode, useReferralHistory, useReferrals, type Referral } from "./referrals.js";
export { useTimeLeft } from "./timeLeft.js";
export { useSubscription, type UseSubscriptionOptions, type UseSubscriptionResult } from "./subscription.js";
