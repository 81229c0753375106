import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import courseClasses from "../course/Course.module.css";
import type { Course } from "../course/CourseLoader.tsx";
import { stepAddress } from "../course/steps.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Learning.module.css";
import { ModuleLock, type ModuleLockProps } from "./ModuleLock.tsx";

/** In the place of a lesson that opens later: why, when, and what to do meanwhile. */
export function LockedModule({ course, module }: { course: Course; module: ModuleLockProps["module"] }): ReactNode {
  const { text } = useI18n();
  const next = course.enrollment?.next_step;
  return (
    <section aria-labelledby="locked" className={`${courseClasses.offer ?? ""} ${classes.lockedModule ?? ""}`}>
      <h2 id="locked" className={courseClasses.offerTitle}>
        {text.learning.lockedTitle}
      </h2>
      <ModuleLock courseId={course.id} module={module} />
      {next && (
        <Button component={Link} to={stepAddress(course.id, next.module_id, next.id)}>
          {text.learning.next(next.title)}
        </Button>
      )}
    </section>
  );
}
