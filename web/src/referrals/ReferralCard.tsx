import { Anchor, Skeleton } from "@mantine/core";
import type { ReferralsResponse } from "@tuition/client";
import { useReferralHistory, useReferrals, type Referral } from "@tuition/react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import accountClasses from "../account/Account.module.css";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { heldUntil } from "./heldUntil.ts";
import { ReferralLink } from "./ReferralLink.tsx";
import classes from "./Referrals.module.css";

/** The most that a page of the API has. Held credit is young, so its days are in there. */
const NEWEST = 100;

/** What a learner earns by recommending the school, with the link to hand on. */
export function ReferralCard({ hasLink = true }: { hasLink?: boolean }): ReactNode {
  const { text, format } = useI18n();
  const referrals = useReferrals();
  const history = useReferralHistory({ limit: NEWEST });
  // An API that is older than the shop has no referrals.
  if (referrals.error?.status === 404) return null;
  if (referrals.isPending || history.isPending) {
    return (
      <Loading>
        <Skeleton height={320} radius="md" />
      </Loading>
    );
  }
  return (
    <section aria-labelledby="referrals" className={accountClasses.section}>
      <h2 id="referrals">{text.referrals.title}</h2>
      {referrals.error ? (
        <ErrorNotice error={referrals.error} onRetry={() => void referrals.refetch()} />
      ) : (
        <div className={accountClasses.card}>
          <p>{text.referrals.how(format.percent(referrals.data.rate_percent), referrals.data.hold_days)}</p>
          <ReferralLink link={referrals.data.link} />
          <Credit referrals={referrals.data} history={history.data ?? []} />
          <Counts counts={referrals.data.counts} />
          {hasLink && (
            <Anchor component={Link} to="/referrals">
              {text.referrals.toHistory}
            </Anchor>
          )}
        </div>
      )}
    </section>
  );
}

function Credit({
  referrals: { credit, cap },
  history,
}: {
  referrals: ReferralsResponse;
  history: Referral[];
}): ReactNode {
  const { text, format } = useI18n();
  return (
    <>
      {credit.map(({ currency, available, held, owed }) => {
        const day = heldUntil(history, currency);
        const money = (amount: number) => format.money(amount, currency);
        return (
          <dl key={currency} className={accountClasses.facts}>
            <Fact term={text.referrals.available}>{money(available)}</Fact>
            {held > 0 && (
              <Fact term={text.referrals.held}>
                {day === undefined ? money(held) : text.referrals.heldUntil(money(held), format.date(day))}
              </Fact>
            )}
            {owed > 0 && <Fact term={text.referrals.owed}>{money(owed)}</Fact>}
          </dl>
        );
      })}
      {credit.length === 0 && <p className={accountClasses.note}>{text.referrals.none}</p>}
      {cap.length > 0 && (
        <p className={accountClasses.note}>
          {text.referrals.cap(format.list(cap.map(({ amount, currency }) => format.money(amount, currency))))}
        </p>
      )}
    </>
  );
}

function Counts({ counts }: { counts: ReferralsResponse["counts"] }): ReactNode {
  const { text, format } = useI18n();
  const states = ["pending", "confirmed", "credited", "reversed", "rejected"] as const;
  const [known, others] = [states.slice(1, 3), states.filter((state) => state !== "confirmed" && state !== "credited")];
  return (
    <dl className={classes.counts}>
      {[...known, ...others.filter((state) => counts[state] > 0)].map((state) => (
        <div key={state}>
          <dt>{text.referrals.states[state]}</dt>
          <dd>{format.number(counts[state])}</dd>
        </div>
      ))}
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
