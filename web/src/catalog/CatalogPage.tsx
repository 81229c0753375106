import type { AccessResponse, CatalogResponse, TuitionError } from "@tuition/client";
import { useCatalog, useCourses, useEnrollments } from "@tuition/react";
import type { ReactNode } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { ContinueLearning } from "../learning/ContinueLearning.tsx";
import { useCredit } from "../referrals/useCredit.ts";
import { Catalog } from "./Catalog.tsx";
import { CatalogSkeleton } from "./CatalogSkeleton.tsx";

/** Everything that is offered, with the learner's access if somebody is signed in. */
export function CatalogPage(): ReactNode {
  const { text } = useI18n();
  const { learner } = useSession();
  return (
    <Page title={text.catalog.title} lead={text.catalog.lead}>
      {learner ? <CatalogOfLearner /> : <CatalogOfNobody />}
    </Page>
  );
}

function CatalogOfNobody(): ReactNode {
  const catalog = useCatalog();
  if (catalog.data) return <Catalog catalog={catalog.data} accessTo={() => undefined} />;
  return <Waiting error={catalog.error} onRetry={() => void catalog.refetch()} />;
}

function CatalogOfLearner(): ReactNode {
  const catalog = useCatalog();
  const courses = useCourses();
  const enrollments = useEnrollments();
  const credit = useCredit();
  const retry = () => {
    if (catalog.error) void catalog.refetch();
    if (courses.error) void courses.refetch();
  };
  // Both or nothing: a course that is open is never shown as locked, not for a moment.
  // Without the way on, the courses are still worth showing.
  const isComplete = (enrollments.data !== undefined || enrollments.isError) && !credit.isPending;
  if (!catalog.data || !courses.data || !isComplete)
    return <Waiting error={catalog.error ?? courses.error} onRetry={retry} />;
  const access = new Map(courses.data.map((course): [string, AccessResponse] => [course.id, course.access]));
  return (
    <>
      <ContinueLearning catalog={catalog.data} enrollments={enrollments.data ?? []} />
      <Catalog catalog={withCoursesOf(catalog.data, access)} accessTo={(courseId) => access.get(courseId)} />
    </>
  );
}

/** A course that was added a moment ago may be in one answer only. */
function withCoursesOf(catalog: CatalogResponse, access: Map<string, AccessResponse>): CatalogResponse {
  return { ...catalog, courses: catalog.courses.filter(({ id }) => access.has(id)) };
}

function Waiting({ error, onRetry }: { error: TuitionError | null; onRetry: () => void }): ReactNode {
  return error ? <ErrorNotice error={error} onRetry={onRetry} /> : <CatalogSkeleton />;
}
