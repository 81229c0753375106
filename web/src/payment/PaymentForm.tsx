import { Button, Stack } from "@mantine/core";
import { PaymentElement, useElements, useStripe } from "@stripe/react-stripe-js";
import type { PaymentIntent, StripeError } from "@stripe/stripe-js";
import type { CreatePaymentIntentResponse } from "@tuition/client";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode, type SyntheticEvent } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import type { Messages } from "../i18n/en.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { useIsWaiting } from "../layout/Loading.tsx";
import { Notice } from "./Notice.tsx";
import { paymentAddress } from "./usePaymentOnPage.ts";

export interface PaymentFormProps {
  intent: CreatePaymentIntentResponse;
  priceId: string;
  courseId: string;
  /** It is paid, or on its way. */
  onPaid: (paymentIntentId: string) => void;
  /** The payment intent was canceled, as another way to pay was opened. */
  onReplaced: () => void;
}

/** Stripe's fields, and the button that pays. What is entered never comes to this page. */
export function PaymentForm({ intent, priceId, courseId, onPaid, onReplaced }: PaymentFormProps): ReactNode {
  const { text, format } = useI18n();
  const { learner } = useSession();
  const stripe = useStripe();
  const elements = useElements();
  const isWaiting = useIsWaiting();
  const [isReady, setIsReady] = useState(false);
  const settle = (status: PaymentIntent.Status | undefined): boolean => {
    if (status === "succeeded" || status === "processing") onPaid(intent.payment_intent_id);
    else if (status === "canceled") onReplaced();
    else return false;
    return true;
  };
  const payment = useMutation({
    mutationFn: async (): Promise<StripeError | undefined> => {
      if (!stripe || !elements) return undefined;
      const { error, paymentIntent } = await stripe.confirmPayment({
        elements,
        confirmParams: { return_url: location.origin + paymentAddress(courseId, priceId) },
        redirect: "if_required",
      });
      // Perhaps it was paid in another tab.
      return settle((paymentIntent ?? error.payment_intent)?.status) ? undefined : error;
    },
  });
  const [loadError, setLoadError] = useState<StripeError>();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    payment.mutate();
  };
  if (loadError) return <Notice message={text.payment.unavailable} onRetry={onReplaced} />;
  const message = failureText(payment.error ?? payment.data, text);
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {/* Nobody knows how high the fields become: what comes after them waits, see app.css. */}
        <div data-pending={(isWaiting && !isReady) || undefined}>
          <PaymentElement
            options={{ defaultValues: { billingDetails: { email: learner?.email ?? "" } } }}
            onReady={() => setIsReady(true)}
            onLoadError={({ error }) => {
              if (!settle(error.payment_intent?.status)) setLoadError(error);
            }}
          />
        </div>
        {message !== undefined && <Notice message={message} />}
        <Button type="submit" size="md" fullWidth loading={payment.isPending} disabled={!isReady}>
          {text.payment.pay(format.money(intent.amount, intent.currency))}
        </Button>
      </Stack>
    </form>
  );
}

/** What a refusal means for the learner. What is missing in the fields is said beside them. */
function failureText(error: StripeError | Error | null | undefined, text: Messages): string | undefined {
  if (!error) return undefined;
  if (error instanceof Error) return text.payment.unavailable;
  if (error.type === "validation_error") return undefined;
  if (error.type === "api_connection_error") return text.payment.unavailable;
  const known = [error.decline_code, error.code].find((code) => code !== undefined && code in text.payment.declines);
  return text.payment.declines[known ?? ""] ?? error.message ?? text.payment.unpaid;
}
