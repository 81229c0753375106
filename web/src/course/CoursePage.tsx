import { Alert, Anchor, Button } from "@mantine/core";
import type { AccessResponse, CatalogResponse } from "@tuition/client";
import type { ReactNode } from "react";
import { Link, useLocation, useParams } from "react-router";

import { AccessBadge } from "../access/AccessBadge.tsx";
import { accessReason } from "../access/accessState.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import classes from "./Course.module.css";
import { CourseLoader, type Course } from "./CourseLoader.tsx";
import { ModuleList } from "./ModuleList.tsx";
import { OfferPanel } from "./OfferPanel.tsx";
import { stepsOf } from "./steps.ts";

/** A course: what is in it, and how to get it for whoever does not have it. */
export default function CoursePage(): ReactNode {
  const { courseId = "" } = useParams();
  return (
    <CourseLoader key={courseId} courseId={courseId}>
      {(course, catalog) => <CourseView course={course} catalog={catalog} />}
    </CourseLoader>
  );
}

function CourseView({ course, catalog }: { course: Course; catalog: CatalogResponse }): ReactNode {
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
          {access?.has_access === true ? (
            <Start course={course} access={access} />
          ) : (
            <OfferPanel course={course} catalog={catalog} />
          )}
        </aside>
      </div>
    </Page>
  );
}

function Start({ course, access }: { course: Course; access: AccessResponse }): ReactNode {
  const { text, format } = useI18n();
  const first = stepsOf(course)[0];
  return (
    <section aria-label={text.access.open} className={classes.offer}>
      <p>{accessReason(access, text, format)}</p>
      {first && (
        <Button component={Link} to={first.address} size="md" fullWidth>
          {text.course.start}
        </Button>
      )}
    </section>
  );
}
