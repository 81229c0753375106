import { Badge, Button, Skeleton } from "@mantine/core";
import { useReferralHistory, type Referral } from "@tuition/react";
import type { ReactNode } from "react";

import accountClasses from "../account/Account.module.css";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import classes from "./Referrals.module.css";

const COLORS: Record<Referral["state"], string> = {
  pending: "gray",
  confirmed: "yellow",
  credited: "green",
  reversed: "red",
  rejected: "gray",
};

/** Every referral, the newest first. Nothing says who bought. */
export function ReferralHistory(): ReactNode {
  const { text } = useI18n();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useReferralHistory({
    limit: 12,
  });
  if (isPending) {
    return (
      <Loading>
        <Skeleton height={160} radius="md" />
      </Loading>
    );
  }
  return (
    <section aria-labelledby="history" className={accountClasses.section}>
      <h2 id="history">{text.referrals.history}</h2>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <p>{text.referrals.nothing}</p>}
      {data && data.length > 0 && (
        <ul className={classes.history}>
          {data.map((referral) => (
            <Row key={referral.id} referral={referral} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.referrals.older}
        </Button>
      )}
    </section>
  );
}

function Row({ referral }: { referral: Referral }): ReactNode {
  const { text, format } = useI18n();
  const { id, state, amount, currency, created_at } = referral;
  const note = useNote(referral);
  return (
    <li className={classes.referral}>
      <span>{text.referrals.number(id, format.date(created_at))}</span>
      <span className={classes.amount}>{format.money(amount, currency)}</span>
      <span className={classes.note}>
        <Badge color={COLORS[state]} variant="light" tt="none">
          {text.referrals.states[state]}
        </Badge>{" "}
        {note}
      </span>
    </li>
  );
}

/** The day, or the reason. */
function useNote({ state, available_at, reason }: Referral): string | undefined {
  const { text, format } = useI18n();
  if (state === "rejected") return reason === null ? undefined : text.referrals.rejections[reason];
  if (state === "confirmed") {
    return available_at === null ? text.referrals.waits : text.referrals.availableFrom(format.date(available_at));
  }
  if (state === "credited" && available_at !== null) return text.referrals.availableSince(format.date(available_at));
  return undefined;
}
