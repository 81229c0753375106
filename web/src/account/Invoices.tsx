import { Anchor, Badge, Button, Skeleton } from "@mantine/core";
import type { InvoiceResponse, InvoiceStatus } from "@tuition/client";
import { useInvoices } from "@tuition/react";
import type { ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import classes from "./Account.module.css";

const COLORS: Record<InvoiceStatus, string> = {
  draft: "gray",
  open: "red",
  paid: "green",
  uncollectible: "red",
  void: "gray",
};

/** The invoices of the learner's subscriptions, the newest first. */
export function Invoices(): ReactNode {
  const { text } = useI18n();
  const query = useInvoices({ limit: 12 });
  const { data: invoices, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  if (isPending) {
    return (
      <Loading>
        <Skeleton height={120} radius="md" />
      </Loading>
    );
  }
  if (error === null && invoices.length === 0) return null;
  return (
    <section aria-labelledby="invoices" className={classes.section}>
      <h2 id="invoices">{text.account.invoices}</h2>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {invoices && (
        <ul className={classes.invoices}>
          {invoices.map((invoice) => (
            <Invoice key={invoice.id} invoice={invoice} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.account.olderInvoices}
        </Button>
      )}
    </section>
  );
}

function Invoice({ invoice }: { invoice: InvoiceResponse }): ReactNode {
  const { text, format } = useI18n();
  const { number, created, amount, currency, status, pdf_url, hosted_invoice_url } = invoice;
  const name = number ?? invoice.id;
  return (
    <li className={classes.invoice}>
      <span>
        {format.date(created)}
        <span className={classes.note}>{number}</span>
      </span>
      <span className={classes.amount}>{format.money(amount, currency)}</span>
      <Badge color={COLORS[status]} variant="light" tt="none">
        {text.account.invoiceStatus[status]}
      </Badge>
      <span className={classes.links}>
        {status === "open" && hosted_invoice_url !== null && (
          <Anchor href={hosted_invoice_url} aria-label={`${text.account.pay}: ${name}`}>
            {text.account.pay}
          </Anchor>
        )}
        {pdf_url !== null && (
          <Anchor href={pdf_url} aria-label={`PDF: ${name}`}>
            PDF
          </Anchor>
        )}
      </span>
    </li>
  );
}
