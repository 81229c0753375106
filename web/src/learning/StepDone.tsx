import { Button } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Learning.module.css";
import { useStepTick, type StepTickProps } from "./StepTick.tsx";

/** At the end of a lesson: it is done, or not yet. */
export function StepDone({ courseId, step }: StepTickProps): ReactNode {
  const { text } = useI18n();
  const { isDone, isPending, toggle, error } = useStepTick(courseId, step);
  return (
    <div className={classes.stepDone}>
      <p role="status" className={classes.doneText}>
        {isDone && (
          <>
            <IconCircleCheck size={22} aria-hidden /> {text.learning.isDone}
          </>
        )}
      </p>
      {error && <ErrorNotice error={error} />}
      <Button variant={isDone ? "subtle" : "filled"} loading={isPending} onClick={toggle}>
        {isDone ? text.learning.undo : text.learning.markDone}
      </Button>
    </div>
  );
}
