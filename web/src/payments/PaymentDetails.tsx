import { Anchor, Skeleton } from "@mantine/core";
import { usePayment } from "@tuition/react";
import { useState, type ReactNode } from "react";

import classes from "../account/Account.module.css";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";

/** The receipt and the card, which are asked for only when somebody wants to see them: Stripe has them. */
export function PaymentDetails({ paymentId, name }: { paymentId: string; name: string }): ReactNode {
  const { text } = useI18n();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)} className={classes.details}>
      <summary>{text.payments.details(name)}</summary>
      {isOpen && <Details paymentId={paymentId} />}
    </details>
  );
}

function Details({ paymentId }: { paymentId: string }): ReactNode {
  const { text } = useI18n();
  const { data, error, refetch } = usePayment(paymentId);
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={24} role="status" aria-label={text.app.loading} />;
  const { card, receipt_url } = data;
  if (card === null && receipt_url === null) return <p>{text.payments.noDetails}</p>;
  return (
    <>
      {card && <p>{text.payments.card(card.brand, card.last4)}</p>}
      {receipt_url !== null && (
        <p>
          <Anchor href={receipt_url}>{text.payments.receipt}</Anchor>
        </p>
      )}
    </>
  );
}
