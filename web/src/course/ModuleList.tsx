import { Badge } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { ModuleResponse } from "@tuition/client";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { ModuleLock } from "../learning/ModuleLock.tsx";
import { StepTick } from "../learning/StepTick.tsx";
import classes from "./Course.module.css";
import type { Course } from "./CourseLoader.tsx";
import { stepAddress } from "./steps.ts";

/** The modules with their steps, and which of them are open without the course. What is locked leads to the offer, like everything else that is not open. */
export function ModuleList({ course }: { course: Course }): ReactNode {
  return (
    <ol className={classes.modules}>
      {course.modules.map((module) => (
        <li key={module.id} className={classes.module}>
          <div className={classes.moduleTitle}>
            <h3 className={classes.moduleName}>{module.title}</h3>
            {course.access?.has_access !== true && <ModuleBadge module={module} />}
          </div>
          {module.locked && module.reason !== "no_access" && (
            <div className={classes.moduleLock}>
              <ModuleLock courseId={course.id} module={module} />
            </div>
          )}
          <ol className={classes.steps}>
            {module.steps.map((step) => (
              <li key={step.id} className={classes.stepLine}>
                {!module.locked && <StepTick courseId={course.id} step={step} />}
                <Link to={stepAddress(course.id, module.id, step.id)} className={classes.step}>
                  {module.locked && <IconLock size={16} aria-hidden />}
                  {step.title}
                </Link>
              </li>
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}

function ModuleBadge({ module }: { module: ModuleResponse }): ReactNode {
  const { text } = useI18n();
  if (module.preview) {
    return (
      <Badge variant="light" tt="none">
        {text.course.preview}
      </Badge>
    );
  }
  return (
    module.locked && (
      <Badge variant="light" color="gray" tt="none">
        {text.course.locked}
      </Badge>
    )
  );
}
