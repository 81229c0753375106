import { useCompleteStep, useUndoStep } from "@tuition/react";
import type { ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Learning.module.css";

export interface StepTickProps {
  courseId: string;
  step: { id: string; title: string; completed_at: string | null };
}

/** Ticks a step of an open module, or takes the tick back. */
export function StepTick({ courseId, step }: StepTickProps): ReactNode {
  const { text } = useI18n();
  const { isDone, toggle, error } = useStepTick(courseId, step);
  return (
    <>
      <label className={classes.tick}>
        <input type="checkbox" checked={isDone} onChange={toggle} aria-label={text.learning.stepDone(step.title)} />
      </label>
      {error && (
        <div className={classes.tickError}>
          <ErrorNotice error={error} />
        </div>
      )}
    </>
  );
}

/** Whether a step is done, as it will be when the API has answered, and the way to change it. */
export function useStepTick(courseId: string, step: StepTickProps["step"]) {
  const complete = useCompleteStep(courseId);
  const undo = useUndoStep(courseId);
  const isPending = complete.isPending || undo.isPending;
  const isDone = complete.isPending || (step.completed_at !== null && !undo.isPending);
  const toggle = () => {
    if (isPending) return;
    complete.reset();
    undo.reset();
    (step.completed_at === null ? complete : undo).mutate(step.id);
  };
  return { isDone, isPending, toggle, error: complete.error ?? undo.error };
}
