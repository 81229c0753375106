import type { AccessResponse, CatalogResponse, CourseResponse, TuitionError } from "@tuition/client";
import { useCatalog, useCourse } from "@tuition/react";
import type { ReactNode } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import NotFoundPage from "../errors/NotFoundPage.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { useCredit } from "../referrals/useCredit.ts";
import { CourseSkeleton } from "./CourseSkeleton.tsx";

/** A course as a page shows it. Without a learner there is no access and no progress, and every module is locked. */
export type Course = Omit<CourseResponse, "access" | "enrollment"> & {
  access: AccessResponse | undefined;
  enrollment: CourseResponse["enrollment"] | undefined;
};

export interface CourseLoaderProps {
  courseId: string;
  children: (course: Course, catalog: CatalogResponse) => ReactNode;
}

/** Loads a course and what it costs, and shows a page meanwhile, or when that fails. */
export function CourseLoader(props: CourseLoaderProps): ReactNode {
  const { learner } = useSession();
  return learner ? <CourseOfLearner {...props} /> : <CourseOfNobody {...props} />;
}

function CourseOfLearner({ courseId, children }: CourseLoaderProps): ReactNode {
  const course = useCourse(courseId);
  const catalog = useCatalog();
  const credit = useCredit();
  if (course.data && catalog.data && !credit.isPending) return children(course.data, catalog.data);
  const retry = () => {
    if (course.error) void course.refetch();
    if (catalog.error) void catalog.refetch();
  };
  return <Waiting error={course.error ?? catalog.error} onRetry={retry} />;
}

function CourseOfNobody({ courseId, children }: CourseLoaderProps): ReactNode {
  const catalog = useCatalog();
  if (!catalog.data) return <Waiting error={catalog.error} onRetry={() => void catalog.refetch()} />;
  const course = catalog.data.courses.find(({ id }) => id === courseId);
  if (course === undefined) return <NotFoundPage />;
  const modules = course.modules.map((module) => ({
    ...module,
    opens_after_days: module.opens_after_days ?? null,
    locked: true,
    reason: "no_access" as const,
    opens_at: null,
    steps: module.steps.map((step) => ({ ...step, completed_at: null })),
  }));
  return children({ ...course, modules, access: undefined, enrollment: undefined }, catalog.data);
}

function Waiting({ error, onRetry }: { error: TuitionError | null; onRetry: () => void }): ReactNode {
  const { text } = useI18n();
  if (error?.code === "not_found") return <NotFoundPage />;
  if (error === null) return <CourseSkeleton />;
  return (
    <Page title={text.app.courses} narrow>
      <ErrorNotice error={error} onRetry={onRetry} />
    </Page>
  );
}
