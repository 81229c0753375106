import { Anchor, Badge, Skeleton } from "@mantine/core";
import type { AccessResponse, PaymentResponse, RefundRequestDetailsResponse } from "@tuition/client";
import { useCatalog, useRefundRequest } from "@tuition/react";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import NotFoundPage from "../errors/NotFoundPage.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { CourseProgress } from "../learning/CourseProgress.tsx";
import { STATUS_COLORS } from "../payments/statusColors.ts";
import { productName } from "../payments/productName.ts";
import classes from "./Admin.module.css";
import { Decision } from "./Decision.tsx";
import { Facts } from "./Facts.tsx";
import { OperatorPage } from "./OperatorPage.tsx";
import { ADMIN_TEXTS, type AdminTexts } from "./texts.ts";

/** A refund request, with the learner's payment, progress and access beside it, and the decision. */
export default function RefundRequestPage(): ReactNode {
  const { requestId = "" } = useParams();
  const { language } = useI18n();
  const words = ADMIN_TEXTS[language];
  // It has the names.
  const catalog = useCatalog();
  const { data, error, refetch } = useRefundRequest(requestId);
  if (error?.code === "not_found") return <NotFoundPage />;
  return (
    <OperatorPage
      title={words.title}
      before={
        <p className={classes.path}>
          <Anchor component={Link} to="/admin/refund-requests">
            {words.back}
          </Anchor>
        </p>
      }
    >
      {data && !catalog.isPending && <Request request={data} />}
      {!data && error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!error && (!data || catalog.isPending) && (
        <Loading>
          <Skeleton mt="lg" height={400} />
        </Loading>
      )}
    </OperatorPage>
  );
}

function Request({ request }: { request: RefundRequestDetailsResponse }): ReactNode {
  const { language, format } = useI18n();
  const words = ADMIN_TEXTS[language];
  return (
    <div className={classes.columns}>
      <section aria-labelledby="request" className={classes.card}>
        <h2 id="request">{words.request}</h2>
        <blockquote className={classes.letter}>{request.reason}</blockquote>
        <Facts
          facts={[
            [words.learner, request.email ?? request.user_id],
            [words.askedOn, format.dateTime(request.created_at)],
            [words.progressThen, format.percent(request.progress_percent)],
            [words.status, words.statuses[request.status]],
          ]}
        />
      </section>
      <section aria-labelledby="payment" className={classes.card}>
        <h2 id="payment">{words.payment}</h2>
        {request.payment ? <Payment payment={request.payment} /> : <p>{words.noPayment}</p>}
      </section>
      <section aria-labelledby="access" className={classes.card}>
        <h2 id="access">{words.access}</h2>
        <Courses courses={request.courses} />
      </section>
      <section aria-labelledby="decision" className={classes.card}>
        <h2 id="decision">{words.decide}</h2>
        <Decision key={request.updated_at} request={request} />
      </section>
    </div>
  );
}

function Payment({ payment }: { payment: PaymentResponse }): ReactNode {
  const { text, language, format } = useI18n();
  const catalog = useCatalog();
  const words = ADMIN_TEXTS[language];
  const { amount, currency, refunded_amount, status, dispute, created_at } = payment;
  const facts: [string, ReactNode][] = [
    [words.paidFor, productName(payment.product, catalog.data, text)],
    [words.amount, format.money(amount, currency)],
    [words.paidOn, format.date(created_at)],
    [
      words.paymentStatus,
      <Badge key="status" color={STATUS_COLORS[status]} variant="light" tt="none">
        {text.payments.status[status]}
      </Badge>,
    ],
    [words.refunded, format.money(refunded_amount, currency)],
  ];
  if (dispute !== null) facts.push([words.dispute, dispute.status]);
  return <Facts facts={facts} />;
}

function Courses({ courses }: Pick<RefundRequestDetailsResponse, "courses">): ReactNode {
  const { language } = useI18n();
  const catalog = useCatalog();
  const words = ADMIN_TEXTS[language];
  if (courses.length === 0) return <p>{words.noCourses}</p>;
  return (
    <ul className={classes.courses}>
      {courses.map(({ course_id, access, percent, has_certificate }) => {
        const title = catalog.data?.courses.find(({ id }) => id === course_id)?.title ?? course_id;
        return (
          <li key={course_id}>
            <strong>{title}</strong>{" "}
            <span className={classes.soft}>
              {access.has_access ? words.isOpen : words.isClosed} ({reasonText(access, words)})
              {has_certificate && `, ${words.hasCertificate}`}
            </span>
            <CourseProgress title={title} percent={percent} />
          </li>
        );
      })}
    </ul>
  );
}

/** Why it is open or closed; a newer API may have reasons that this build does not know. */
function reasonText({ because }: AccessResponse, words: AdminTexts): string {
  return (words.reasons as Record<string, string | undefined>)[because.reason] ?? because.reason;
}
