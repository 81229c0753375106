import { Loader } from "@mantine/core";
import { IconCircle, IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Progress.module.css";

const STEPS = ["received", "opening", "open"] as const;

export interface ProgressProps {
  /** The last step that was reached; the ones before it are done. */
  current: (typeof STEPS)[number];
}

/** How far an order is. */
export function Progress({ current }: ProgressProps): ReactNode {
  const { text } = useI18n();
  const reached = STEPS.indexOf(current);
  return (
    <ol className={classes.progress}>
      {STEPS.map((step, index) => (
        <li key={step} aria-current={index === reached ? "step" : undefined} data-done={index <= reached}>
          <Symbol isDone={index < reached || current === "open"} isCurrent={index === reached} />
          {text.checkout.steps[step]}
        </li>
      ))}
    </ol>
  );
}

function Symbol({ isDone, isCurrent }: { isDone: boolean; isCurrent: boolean }): ReactNode {
  if (isDone) return <IconCircleCheck size={24} aria-hidden />;
  return isCurrent ? <Loader size={20} aria-hidden /> : <IconCircle size={24} aria-hidden />;
}
