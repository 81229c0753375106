import { Progress } from "@mantine/core";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Learning.module.css";

export interface CourseProgressProps {
  title: string;
  /** 0 to 100. */
  percent: number;
}

/** How much of a course is done, as a bar and in words. */
export function CourseProgress({ title, percent }: CourseProgressProps): ReactNode {
  const { text, format } = useI18n();
  return (
    <div className={classes.progress}>
      <Progress
        value={percent}
        color={percent === 100 ? "green" : undefined}
        aria-label={text.learning.progress(title)}
      />
      <span className={classes.percent}>{text.learning.done(format.percent(percent))}</span>
    </div>
  );
}
