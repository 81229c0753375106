import { Button, NativeSelect, Skeleton } from "@mantine/core";
import type { OperatorRefundRequestResponse, RefundRequestStatus } from "@tuition/client";
import { useCatalog, useRefundQueue } from "@tuition/react";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { productName } from "../payments/productName.ts";
import classes from "./Admin.module.css";
import { OperatorPage } from "./OperatorPage.tsx";
import { ADMIN_TEXTS } from "./texts.ts";

const STATUSES: RefundRequestStatus[] = ["open", "refund_failed", "approved", "refunded", "rejected", "withdrawn"];

/** The refund requests of all learners. */
export default function RefundQueuePage(): ReactNode {
  const { language } = useI18n();
  const words = ADMIN_TEXTS[language];
  const [parameters, setParameters] = useSearchParams();
  const status = STATUSES.find((one) => one === parameters.get("status")) ?? "open";
  return (
    <OperatorPage title={words.title} lead={words.lead}>
      <NativeSelect
        mt="lg"
        className={classes.filter}
        label={words.status}
        value={status}
        onChange={({ target }) => setParameters({ status: target.value }, { replace: true })}
        data={STATUSES.map((value) => ({ value, label: words.statuses[value] }))}
      />
      <Queue key={status} status={status} />
    </OperatorPage>
  );
}

function Queue({ status }: { status: RefundRequestStatus }): ReactNode {
  const { language } = useI18n();
  const words = ADMIN_TEXTS[language];
  // It has the names.
  const catalog = useCatalog();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useRefundQueue(status);
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data || catalog.isPending) {
    return (
      <Loading>
        <Skeleton mt="lg" height={200} />
      </Loading>
    );
  }
  if (data.length === 0) return <p className={classes.empty}>{words.empty}</p>;
  return (
    <>
      <ul className={classes.queue}>
        {data.map((request) => (
          <Row key={request.id} request={request} />
        ))}
      </ul>
      {hasNextPage && (
        <Button mt="md" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {words.older}
        </Button>
      )}
    </>
  );
}

function Row({ request }: { request: OperatorRefundRequestResponse }): ReactNode {
  const { text, format } = useI18n();
  const catalog = useCatalog();
  return (
    <li className={classes.row}>
      <Link to={`/admin/refund-requests/${request.id}`}>{productName(request.product, catalog.data, text)}</Link>
      <span className={classes.amount}>{format.money(request.amount, request.currency)}</span>
      <span className={classes.soft}>{format.dateTime(request.created_at)}</span>
      <span className={classes.reason}>{request.reason}</span>
    </li>
  );
}
