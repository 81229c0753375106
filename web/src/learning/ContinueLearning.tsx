import { Button } from "@mantine/core";
import type { CatalogResponse, CourseEnrollmentResponse } from "@tuition/client";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { stepAddress } from "../course/steps.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { CourseProgress } from "./CourseProgress.tsx";
import classes from "./Learning.module.css";

/** So many courses are shown, those that were worked on last. */
const MOST = 3;

export interface ContinueLearningProps {
  catalog: CatalogResponse;
  enrollments: CourseEnrollmentResponse[];
}

/** The courses that the learner is in the middle of, each with its next step. */
export function ContinueLearning({ catalog, enrollments }: ContinueLearningProps): ReactNode {
  const { text } = useI18n();
  const begun = enrollments
    .filter(({ status }) => status === "enrolled")
    .flatMap(({ course_id, percent, next_step }) => {
      const course = catalog.courses.find(({ id }) => id === course_id);
      return course && next_step ? { course, percent, next: next_step } : [];
    })
    .slice(0, MOST);
  if (begun.length === 0) return null;
  return (
    <section aria-labelledby="continue" className={classes.continue}>
      <h2 id="continue">{text.learning.continue}</h2>
      <ul>
        {begun.map(({ course: { id, title }, percent, next }) => (
          <li key={id}>
            <h3>
              <Link to={`/courses/${id}`}>{title}</Link>
            </h3>
            <CourseProgress title={title} percent={percent} />
            <Button component={Link} to={stepAddress(id, next.module_id, next.id)} className={classes.nextStep}>
              {text.learning.next(next.title)}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
