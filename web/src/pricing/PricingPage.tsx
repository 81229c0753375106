import { Skeleton } from "@mantine/core";
import type { TuitionError } from "@tuition/client";
import { useCatalog, useSubscription } from "@tuition/react";
import type { ReactNode } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { Page } from "../layout/Page.tsx";
import { useCredit } from "../referrals/useCredit.ts";
import { Plans } from "./Plans.tsx";
import classes from "./Pricing.module.css";

/** The plans side by side, to subscribe to, or to change between. */
export default function PricingPage(): ReactNode {
  const { text } = useI18n();
  const { learner } = useSession();
  return (
    <Page title={text.pricing.title} lead={text.pricing.lead}>
      {learner ? <PlansOfLearner /> : <PlansOfNobody />}
    </Page>
  );
}

function PlansOfNobody(): ReactNode {
  const catalog = useCatalog();
  if (catalog.data) return <Plans catalog={catalog.data} subscription={undefined} />;
  return <Waiting error={catalog.error} onRetry={() => void catalog.refetch()} />;
}

function PlansOfLearner(): ReactNode {
  const catalog = useCatalog();
  const subscription = useSubscription();
  const credit = useCredit();
  const retry = () => {
    if (catalog.error) void catalog.refetch();
    if (subscription.error) void subscription.refetch();
  };
  // Both or nothing: a plan that the learner has is never offered, not for a moment.
  if (catalog.data && subscription.data && !credit.isPending)
    return <Plans catalog={catalog.data} subscription={subscription.data} />;
  return <Waiting error={catalog.error ?? subscription.error} onRetry={retry} />;
}

function Waiting({ error, onRetry }: { error: TuitionError | null; onRetry: () => void }): ReactNode {
  if (error) return <ErrorNotice error={error} onRetry={onRetry} />;
  return (
    <Loading>
      <div className={classes.toolbar}>
        <Skeleton height={36} width={220} />
      </div>
      <div className={classes.plans}>
        {Array.from({ length: 4 }, (_, index) => (
          <Skeleton key={index} height={420} radius="md" />
        ))}
      </div>
    </Loading>
  );
}
