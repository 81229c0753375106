import { Badge, Button, Skeleton } from "@mantine/core";
import type { PaymentResponse } from "@tuition/client";
import { useCatalog, usePayments } from "@tuition/react";
import { lazy, Suspense, useState, type ReactNode } from "react";

import classes from "../account/Account.module.css";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { productName } from "./productName.ts";
import { PaymentDetails } from "./PaymentDetails.tsx";
import { STATUS_COLORS } from "./statusColors.ts";
import { RefundState } from "./RefundState.tsx";

const RefundDialog = lazy(() => import("./RefundDialog.tsx"));

/** Everything that the learner has paid, the newest first, and the way to the money back. */
export function Payments(): ReactNode {
  const { text } = useI18n();
  const catalog = useCatalog();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = usePayments({
    limit: 10,
  });
  // An API that is older than the shop has no payments.
  if (error?.status === 404) return null;
  // The catalog has the names.
  if (isPending || catalog.isPending) {
    return (
      <Loading>
        <Skeleton height={160} radius="md" />
      </Loading>
    );
  }
  if (error === null && data.length === 0) return null;
  return (
    <section aria-labelledby="payments" className={classes.section}>
      <h2 id="payments">{text.payments.title}</h2>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data && (
        <ul className={classes.list}>
          {data.map((payment) => (
            <Payment key={payment.id} payment={payment} name={productName(payment.product, catalog.data, text)} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button mt="md" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.payments.older}
        </Button>
      )}
    </section>
  );
}

function Payment({ payment, name }: { payment: PaymentResponse; name: string }): ReactNode {
  const { text, format } = useI18n();
  const [isAsking, setIsAsking] = useState(false);
  const { amount, currency, status, refunded_amount, refundable } = payment;
  return (
    <li className={classes.card}>
      <div className={classes.name}>
        <h3>{name}</h3>
        <Badge color={STATUS_COLORS[status]} variant="light" tt="none">
          {text.payments.status[status]}
        </Badge>
      </div>
      <p>
        <strong>{format.money(amount, currency)}</strong>{" "}
        <span className={classes.note}>{format.date(payment.created_at)}</span>
      </p>
      {refunded_amount > 0 && <p>{text.payments.refunded(format.money(refunded_amount, currency))}</p>}
      <RefundState payment={payment} />
      <PaymentDetails paymentId={payment.id} name={name} />
      {refundable.allowed && (
        <div>
          <Button variant="default" onClick={() => setIsAsking(true)} aria-label={`${text.payments.ask}: ${name}`}>
            {text.payments.ask}
          </Button>
          {refundable.until !== null && (
            <p className={classes.note}>{text.payments.askUntil(format.date(refundable.until))}</p>
          )}
        </div>
      )}
      {isAsking && (
        <Suspense>
          <RefundDialog paymentId={payment.id} name={name} onClose={() => setIsAsking(false)} />
        </Suspense>
      )}
    </li>
  );
}
