import { Alert, Anchor, Button, Skeleton } from "@mantine/core";
import type { AccessResponse, CatalogResponse } from "@tuition/client";
import { lazy, Suspense, type ReactNode } from "react";
import { Link, useLocation, useParams } from "react-router";

import { AccessBadge } from "../access/AccessBadge.tsx";
import { accessReason } from "../access/accessState.ts";
import { CertificatePanel } from "../certificate/CertificatePanel.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { CourseProgress } from "../learning/CourseProgress.tsx";
import learningClasses from "../learning/Learning.module.css";
import { useReturnedPayment } from "../payment/usePaymentOnPage.ts";
import classes from "./Course.module.css";
import { CourseLoader, type Course } from "./CourseLoader.tsx";
import { ModuleList } from "./ModuleList.tsx";
import { OfferPanel } from "./OfferPanel.tsx";
import { stepAddress, stepsOf } from "./steps.ts";

const PaymentResult = lazy(() => import("../payment/PaymentResult.tsx"));

/** A course: what is in it, and how to get it for whoever does not have it. */
export default function CoursePage(): ReactNode {
  const { courseId = "" } = useParams();
  const [payment, forgetPayment] = useReturnedPayment();
  return (
    <CourseLoader key={courseId} courseId={courseId}>
      {(course, catalog) => (
        <CourseView course={course} catalog={catalog} payment={payment} onPaymentEnd={forgetPayment} />
      )}
    </CourseLoader>
  );
}

interface CourseViewProps {
  course: Course;
  catalog: CatalogResponse;
  /** The payment intent of whoever comes back from a bank's page. */
  payment: string | undefined;
  onPaymentEnd: () => void;
}

function CourseView({ course, catalog, payment, onPaymentEnd }: CourseViewProps): ReactNode {
  const { text } = useI18n();
  const { access } = course;
  // Set by the page that a payment leads back to.
  const isWelcome = (useLocation().state as { isWelcome?: boolean } | null)?.isWelcome === true;
  return (
    <Page
      title={course.title}
      lead={course.summary}
      before={
        <p className={classes.path}>
          <Anchor component={Link} to="/">
            {text.app.courses}
          </Anchor>
          {access && <AccessBadge access={access} />}
        </p>
      }
    >
      {isWelcome && access?.has_access === true && (
        <Alert color="green" role="status" mt="lg">
          {text.course.welcome}
        </Alert>
      )}
      <div className={classes.columns}>
        <section aria-labelledby="modules">
          <h2 id="modules" className={classes.heading}>
            {text.course.modules}
          </h2>
          <ModuleList course={course} />
        </section>
        <aside className={classes.aside}>
          <NextStep course={course} catalog={catalog} payment={payment} onPaymentEnd={onPaymentEnd} />
          {course.certificate && course.enrollment?.completed_at != null && <CertificatePanel course={course} />}
        </aside>
      </div>
    </Page>
  );
}

/** What there is to do: wait for a payment, learn, or buy. */
function NextStep({ course, catalog, payment, onPaymentEnd }: CourseViewProps): ReactNode {
  const { access } = course;
  if (payment !== undefined && access) {
    return (
      <Suspense fallback={<Skeleton height={120} />}>
        <PaymentResult paymentIntentId={payment} courseId={course.id} onEnd={onPaymentEnd} />
      </Suspense>
    );
  }
  if (access?.has_access === true) return <Start course={course} access={access} />;
  return <OfferPanel course={course} catalog={catalog} />;
}

function Start({ course, access }: { course: Course; access: AccessResponse }): ReactNode {
  const { text, format } = useI18n();
  const { enrollment } = course;
  const next = enrollment?.next_step;
  const first = next ? { address: stepAddress(course.id, next.module_id, next.id) } : stepsOf(course)[0];
  const hasBegun = enrollment !== undefined && enrollment.percent > 0;
  return (
    <section aria-label={text.access.open} className={classes.offer}>
      <p>{accessReason(access, text, format)}</p>
      {hasBegun && <CourseProgress title={course.title} percent={enrollment.percent} />}
      {enrollment?.completed_at != null && <p>{text.learning.completedOn(format.date(enrollment.completed_at))}</p>}
      {first && (
        <Button component={Link} to={first.address} size="md" fullWidth className={learningClasses.nextStep}>
          {hasBegun ? (next ? text.learning.next(next.title) : text.catalog.open) : text.course.start}
        </Button>
      )}
    </section>
  );
}
