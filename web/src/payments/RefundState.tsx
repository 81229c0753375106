import { Button } from "@mantine/core";
import type { PaymentResponse } from "@tuition/client";
import { useWithdrawRefundRequest } from "@tuition/react";
import type { ReactNode } from "react";

import classes from "../account/Account.module.css";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";

/** How the learner's refund request stands, or why none can be made. */
export function RefundState({ payment }: { payment: PaymentResponse }): ReactNode {
  const { text, format } = useI18n();
  const withdraw = useWithdrawRefundRequest();
  const { refund_request: request, refundable, currency } = payment;
  if (request === null || request.status === "withdrawn") {
    const refusal = refundable.reason === null ? undefined : text.payments.refusals[refundable.reason];
    return refusal !== undefined && <p className={classes.note}>{refusal}</p>;
  }
  const words = text.payments.request;
  const amount = format.money(request.approved_amount ?? payment.amount, currency);
  const sentences = {
    open: words.open(format.date(request.created_at)),
    approved: words.approved(amount),
    refunded: words.refunded(amount),
    refund_failed: words.refund_failed,
    rejected: words.rejected,
  };
  return (
    <>
      <p role="status">{sentences[request.status]}</p>
      {request.note !== null && <p className={classes.letter}>{text.payments.note(request.note)}</p>}
      {withdraw.error && <ErrorNotice error={withdraw.error} />}
      {request.status === "open" && (
        <div>
          <Button variant="subtle" loading={withdraw.isPending} onClick={() => withdraw.mutate(request.id)}>
            {text.payments.withdraw}
          </Button>
        </div>
      )}
    </>
  );
}
