import { Alert, Anchor, Button } from "@mantine/core";
import type { CatalogResponse } from "@tuition/client";
import type { ReactNode } from "react";
import { Link, useLocation, useParams } from "react-router";

import { useConfig } from "../configContext.tsx";
import NotFoundPage from "../errors/NotFoundPage.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { LockedModule } from "../learning/LockedModule.tsx";
import { StepDone } from "../learning/StepDone.tsx";
import { Practice } from "../practice/Practice.tsx";
import classes from "./Course.module.css";
import { CourseLoader, type Course } from "./CourseLoader.tsx";
import { LockedStep } from "./LockedStep.tsx";
import { stepAddress, stepsOf } from "./steps.ts";

/** One lesson, or why it is closed and how to open it. */
export default function StepPage(): ReactNode {
  const { courseId = "" } = useParams();
  return (
    <CourseLoader key={courseId} courseId={courseId}>
      {(course, catalog) => <StepView course={course} catalog={catalog} />}
    </CourseLoader>
  );
}

function StepView({ course, catalog }: { course: Course; catalog: CatalogResponse }): ReactNode {
  const { text } = useI18n();
  const { practice_meter } = useConfig();
  const { moduleId = "", stepId = "" } = useParams();
  const isWelcome = (useLocation().state as { isWelcome?: boolean } | null)?.isWelcome === true;
  const steps = stepsOf(course);
  const index = steps.findIndex(({ address }) => address === stepAddress(course.id, moduleId, stepId));
  const step = steps[index];
  if (step === undefined) return <NotFoundPage />;
  const [previous, next] = [steps[index - 1], steps[index + 1]];
  return (
    <Page
      title={step.title}
      lead={text.course.step(index + 1, steps.length)}
      before={
        <p className={classes.path}>
          <Anchor component={Link} to={`/courses/${course.id}`}>
            {text.course.back(course.title)}
          </Anchor>
        </p>
      }
      narrow
    >
      {step.module.locked && step.module.reason !== "no_access" && (
        <LockedModule course={course} module={step.module} />
      )}
      {step.module.locked && step.module.reason === "no_access" && (
        <LockedStep course={course} catalog={catalog} module={step.module} />
      )}
      {!step.module.locked && (
        <>
          {isWelcome && (
            <Alert color="green" role="status" mt="lg">
              {text.course.welcome}
            </Alert>
          )}
          <p className={classes.lesson}>{text.course.placeholder}</p>
          {practice_meter && <Practice meter={practice_meter} catalog={catalog} />}
          <StepDone key={step.id} courseId={course.id} step={step} />
        </>
      )}
      <nav aria-label={text.course.contents} className={classes.pager}>
        {previous && (
          <Button component={Link} to={previous.address} variant="default">
            {text.course.previous}
          </Button>
        )}
        {next && (
          <Button
            component={Link}
            to={next.address}
            variant={step.completed_at === null ? "default" : "filled"}
            className={classes.next}
          >
            {text.course.next}
          </Button>
        )}
      </nav>
    </Page>
  );
}
