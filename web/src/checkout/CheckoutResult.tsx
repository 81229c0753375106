import { Alert, Button, Stack } from "@mantine/core";
import type { CatalogCourseResponse, CatalogResponse, TuitionError } from "@tuition/client";
import { useCatalog, useCheckoutResult, useCourses } from "@tuition/react";
import { useEffect, useState, type ReactNode } from "react";
import { Link, Navigate } from "react-router";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import type { Messages } from "../i18n/en.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { forgetCode } from "../referrals/rememberedCode.ts";
import { Progress } from "./Progress.tsx";

/** After so many milliseconds the learner is told what to do. */
const PATIENCE = 10_000;

export interface CheckoutResultProps {
  session: string;
  /** What was bought: a product or a plan of the catalog. */
  product: string;
  /** The path of the page with the offer. */
  from: string;
}

/** Waits until what was bought is open, and opens it. */
export function CheckoutResult({ session, product, from }: CheckoutResultProps): ReactNode {
  const { text } = useI18n();
  const { state, error, refetch, isFetching } = useCheckoutResult(session);
  useEffect(() => {
    if (state === "fulfilled" || state === "unpaid") forgetCode();
  }, [state]);
  const again = (
    <Button variant="default" loading={isFetching} onClick={() => void refetch()}>
      {text.checkout.look}
    </Button>
  );
  switch (state) {
    case "fulfilled":
      return <Fulfilled product={product} from={from} />;
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
      <Stack mt="lg" data-pending>
        <Progress current="opening" />
        <div role="status">{isSlow && <Alert color="yellow">{text.checkout.slow}</Alert>}</div>
      </Stack>
    </Page>
  );
}

/** One course is opened at once, and of several the one that the learner was looking at. Otherwise the learner chooses. */
function Fulfilled({ product, from }: Omit<CheckoutResultProps, "session">): ReactNode {
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
  const isOpen = (courseId: string) => courses.data.some(({ id, access }) => id === courseId && access.has_access);
  const bought = coursesOf(product, catalog.data);
  const open = bought.filter(({ id }) => isOpen(id));
  const [only] = open;
  const origin = /^\/courses\/([^/?]+)/.exec(from)?.[1];
  if (origin !== undefined && isOpen(origin)) return <Navigate to={from} replace state={{ isWelcome: true }} />;
  if (only && open.length === 1) return <Navigate to={`/courses/${only.id}`} replace state={{ isWelcome: true }} />;
  if (open.length === 0 && bought.length > 0) {
    return (
      <Page title={text.checkout.title} lead={text.checkout.closed} narrow>
        <Stack mt="lg" align="start">
          <ToCourses />
        </Stack>
      </Page>
    );
  }
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
