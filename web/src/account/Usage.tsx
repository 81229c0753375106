import { Progress, Skeleton } from "@mantine/core";
import type { MeterResponse } from "@tuition/client";
import { useUsage } from "@tuition/react";
import type { ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { usedText } from "../practice/usedText.ts";
import classes from "./Account.module.css";

/** How much of each meter was used, and when counting begins anew. */
export function Usage(): ReactNode {
  const { text } = useI18n();
  const { data, error, isPending, refetch } = useUsage();
  const meters = Object.entries(data ?? {});
  if (isPending) {
    return (
      <Loading>
        <Skeleton height={120} radius="md" />
      </Loading>
    );
  }
  if (error === null && meters.length === 0) return null;
  return (
    <section aria-labelledby="usage" className={classes.section}>
      <h2 id="usage">{text.account.usage}</h2>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {meters.length > 0 && (
        <ul className={classes.list}>
          {meters.map(([meter, used]) => (
            <Meter key={meter} meter={meter} used={used} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Meter({ meter, used }: { meter: string; used: MeterResponse }): ReactNode {
  const { text, format } = useI18n();
  const { limit } = used;
  const label = usedText(used, meter, text, format);
  const resets = text.limit.resets(format.dateTime(used.resets_at));
  if (limit === 0) return <li className={classes.card}>{text.account.notIncluded(text.meters[meter] ?? meter)}</li>;
  return (
    <li className={classes.card}>
      <p>{label}</p>
      {limit !== null && (
        <Progress
          value={Math.min(100, (100 * used.used) / limit)}
          color={used.allowed ? undefined : "red"}
          aria-label={label}
        />
      )}
      {limit !== null && <p className={classes.note}>{resets}</p>}
    </li>
  );
}
