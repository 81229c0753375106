import { Alert, Button, Stack } from "@mantine/core";
import { usePaymentIntentResult } from "@tuition/react";
import { useEffect, type ReactNode } from "react";
import { useNavigate } from "react-router";

import { Progress } from "../checkout/Progress.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { forgetCode } from "../referrals/rememberedCode.ts";

export interface PaymentResultProps {
  paymentIntentId: string;
  courseId: string;
  /** The payment is over: it did not succeed, or the page has gone on. */
  onEnd: () => void;
}

/** Waits until what was paid is open, and then opens the course. */
export default function PaymentResult({ paymentIntentId, courseId, onEnd }: PaymentResultProps): ReactNode {
  const { text } = useI18n();
  const { state, error, refetch } = usePaymentIntentResult(paymentIntentId);
  const navigate = useNavigate();
  useEffect(() => {
    if (state === "fulfilled" || state === "processing") forgetCode();
    if (state !== "fulfilled") return;
    void navigate(`/courses/${courseId}`, { replace: true, state: { isWelcome: true } });
    onEnd();
  }, [state, courseId, navigate, onEnd]);
  switch (state) {
    case "processing":
      return (
        <Alert color="yellow" role="status">
          {text.payment.processing}
        </Alert>
      );
    case "unpaid":
    case "canceled":
      return (
        <Alert color="red" role="alert" title={text.payment.failedTitle}>
          <Stack gap="sm" align="start">
            {state === "unpaid" ? text.payment.unpaid : text.payment.replaced}
            <Button variant="default" onClick={onEnd}>
              {text.payment.again}
            </Button>
          </Stack>
        </Alert>
      );
    case "failed":
      return (
        <Stack>
          <p>{text.checkout.failed}</p>
          <ErrorNotice error={error} onRetry={() => void refetch()} />
        </Stack>
      );
    default:
      return (
        <Stack role="status">
          <p>{text.payment.opening}</p>
          <Progress current="opening" />
        </Stack>
      );
  }
}
