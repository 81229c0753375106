import { Alert, Button, Stack } from "@mantine/core";
import type { CatalogCourseResponse, CatalogResponse, TuitionError } from "@tuition/client";
import { useCatalog, useCheckoutResult, useCourses } from "@tuition/react";
import { useEffect, useState, type ReactNode } from "react";
import { Link, Navigate } from "react-router";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import type { Messages } from "../i18n/en.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { Progress } from "./Progress.tsx";

/** After so many milliseconds the learner is told what to do. */
const PATIENCE = 10_000;

export interface CheckoutResultProps {
  session: string;
  /** What was bought: a product or a plan of the catalog. */
  product: string;
}

/** Waits until what was bought is open, and opens it. */
export function CheckoutResult({ session, product }: CheckoutResultProps): ReactNode {
  const { text } = useI18n();
  const { state, error, refetch, isFetching } = useCheckoutResult(session);
  const again = (
    <Button variant="default" loading={isFetching} onClick={() => void refetch()}>
      {text.checkout.look}
    </Button>
  );
  switch (state) {
    case "fulfilled":
      return <Fulfilled product={product} />;
    case "unpaid":
      return (
        <Page title={text.checkout.successTitle} lead={text.checkout.unpaid} narrow>
          <Stack mt="lg" align="start">
            <Progress current="received" />
            <ToCourses />
          </Stack>
        </Page>
      );
    case "expired":
      return (
        <Page title={text.checkout.cancelTitle} lead={text.checkout.expired} narrow>
          <Stack mt="lg" align="start">
            <ToCourses />
          </Stack>
        </Page>
      );
    case "failed":
      return <Failed error={error}>{again}</Failed>;
    default:
      return <WaitingPage />;
  }
}

function WaitingPage(): ReactNode {
  const { text } = useI18n();
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Page title={text.checkout.successTitle} lead={text.checkout.waiting} narrow>
      <Stack mt="lg">
        <Progress current="opening" />
        <div role="status">{isSlow && <Alert color="yellow">{text.checkout.slow}</Alert>}</div>
      </Stack>
    </Page>
  );
}

/** One course is opened at once. Of several, the learner chooses. */
function Fulfilled({ product }: { product: string }): ReactNode {
  const { text } = useI18n();
  const catalog = useCatalog();
  const courses = useCourses();
  if (catalog.error ?? courses.error) {
    return (
      <Page title={text.checkout.successTitle} lead={text.checkout.fulfilled} narrow>
        <Stack mt="lg" align="start">
          <ToCourses />
        </Stack>
      </Page>
    );
  }
  if (!catalog.data || !courses.data) return <WaitingPage />;
  const open = coursesOf(product, catalog.data).filter(({ id }) =>
    courses.data.some((course) => course.id === id && course.access.has_access),
  );
  const [only] = open;
  if (only && open.length === 1) return <Navigate to={`/courses/${only.id}`} replace state={{ isWelcome: true }} />;
  return (
    <Page title={text.checkout.successTitle} lead={text.checkout.fulfilled} narrow>
      <Stack mt="lg" align="start">
        <Progress current="open" />
        {open.map(({ id, title }) => (
          <Button key={id} component={Link} to={`/courses/${id}`}>
            {text.checkout.toCourse(title)}
          </Button>
        ))}
        {catalog.data.plans.some(({ id }) => id === product) && (
          <Button component={Link} to="/account" variant="default">
            {text.pricing.toAccount}
          </Button>
        )}
        <ToCourses />
      </Stack>
    </Page>
  );
}

function coursesOf(product: string, { courses, products, plans }: CatalogResponse): CatalogCourseResponse[] {
  const bought = [...products, ...plans].find(({ id }) => id === product);
  return courses.filter(({ id }) => bought?.courses.includes(id));
}

function Failed({ error, children }: { error: TuitionError | null; children: ReactNode }): ReactNode {
  const { text } = useI18n();
  const known = failure(error, text);
  return (
    <Page title={text.checkout.title} lead={known ?? text.checkout.failed} narrow>
      <Stack mt="lg" align="start">
        {known === undefined && <ErrorNotice error={error} />}
        {children}
        <ToCourses />
      </Stack>
    </Page>
  );
}

function failure(error: TuitionError | null, text: Messages): string | undefined {
  if (error?.code === "not_found") return text.checkout.unknown;
  return error?.code === "checkout_timeout" ? text.checkout.timeout : undefined;
}

function ToCourses(): ReactNode {
  const { text } = useI18n();
  return (
    <Button component={Link} to="/" variant="default">
      {text.error.toCourses}
    </Button>
  );
}
