import type { ModuleResponse } from "@tuition/client";
import { useCourse, useTimeLeft } from "@tuition/react";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Learning.module.css";
import { lockReason } from "./moduleLock.ts";

export interface ModuleLockProps {
  courseId: string;
  module: ModuleResponse;
}

/** Why a module is closed, and how long it still is. When the time has come, the course is looked at again. */
export function ModuleLock({ courseId, module }: ModuleLockProps): ReactNode {
  const { text, format } = useI18n();
  const { refetch } = useCourse(courseId);
  const left = useTimeLeft(module.reason === "previous_modules" ? null : module.opens_at, refetch);
  const reason = lockReason(module, text, format);
  if (reason === undefined) return null;
  return (
    <p className={classes.lock}>
      {reason}
      {left !== undefined && <> {left > 0 ? text.learning.opensIn(format.timeLeft(left)) : text.learning.opensNow}</>}
    </p>
  );
}
