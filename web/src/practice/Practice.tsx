import { Button, Skeleton } from "@mantine/core";
import type { CatalogResponse } from "@tuition/client";
import { useConsume, useUsage } from "@tuition/react";
import { lazy, Suspense, useRef, type ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import classes from "./Practice.module.css";
import { usedText } from "./usedText.ts";

const LimitModal = lazy(() => import("./LimitModal.tsx"));

export interface PracticeProps {
  meter: string;
  catalog: CatalogResponse;
}

/** Where a school lets learners talk to a model: each minute is counted before it begins, and never beyond the limit. */
export function Practice({ meter, catalog }: PracticeProps): ReactNode {
  const { text, format } = useI18n();
  const usage = useUsage();
  const consume = useConsume(meter);
  const button = useRef<HTMLButtonElement>(null);
  const used = usage.data?.[meter];
  if (usage.isPending) {
    return (
      <Loading>
        <Skeleton height={160} radius="md" />
      </Loading>
    );
  }
  if (used === undefined) return null;
  const closeDialog = () => {
    consume.reset();
    button.current?.focus();
  };
  return (
    <section aria-labelledby="practice" className={classes.practice}>
      <h2 id="practice" className={classes.title}>
        {text.practice.title}
      </h2>
      <p role="status" className={classes.used}>
        {consume.isSuccess && `${text.practice.thanks} `}
        {usedText(used, meter, text, format)}
      </p>
      {consume.error && !consume.isLimitReached && <ErrorNotice error={consume.error} />}
      <Button ref={button} loading={consume.isPending} onClick={() => consume.mutate(1)}>
        {text.practice.use}
      </Button>
      {consume.isLimitReached && (
        <Suspense>
          <LimitModal meter={meter} used={used} catalog={catalog} onClose={closeDialog} />
        </Suspense>
      )}
    </section>
  );
}
