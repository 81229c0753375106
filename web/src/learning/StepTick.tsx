import { useCompleteStep, useUndoStep } from "@tuition/react";
import { useState, type ReactNode } from "react";

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

/** Whether a step is done, as it is wanted until the API has answered, and the way to change it. */
export function useStepTick(courseId: string, step: StepTickProps["step"]) {
  const complete = useCompleteStep(courseId);
  const undo = useUndoStep(courseId);
  const [wanted, setWanted] = useState<boolean>();
  const isPending = wanted !== undefined;
  const isDone = wanted ?? step.completed_at !== null;
  const toggle = () => {
    if (isPending) return;
    complete.reset();
    undo.reset();
    setWanted(!isDone);
    (isDone ? undo : complete).mutate(step.id, { onSettled: () => setWanted(undefined) });
  };
  return { isDone, isPending, toggle, error: complete.error ?? undo.error };
}
