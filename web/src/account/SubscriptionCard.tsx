import { Badge, Button, Group } from "@mantine/core";
import type { CatalogResponse, SubscriptionDisplayStatus, SubscriptionResponse } from "@tuition/client";
import { useSubscription } from "@tuition/react";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Link } from "react-router";

import { accessReason } from "../access/accessState.ts";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { PaymentRequired } from "../subscription/PaymentRequired.tsx";
import { ScheduledChange } from "../subscription/ScheduledChange.tsx";
import { canChange, endOf, isLive, planAndPrice } from "../subscription/subscriptionState.ts";
import classes from "./Account.module.css";
import { SubscriptionFacts } from "./SubscriptionFacts.tsx";

const CancelDialog = lazy(() => import("./CancelDialog.tsx"));

const COLORS: Record<SubscriptionDisplayStatus, string> = {
  active: "green",
  trialing: "green",
  payment_pending: "yellow",
  past_due: "red",
  unpaid: "red",
  incomplete: "red",
  paused: "yellow",
  canceled: "gray",
  incomplete_expired: "gray",
};

export interface SubscriptionCardProps {
  catalog: CatalogResponse;
  subscription: SubscriptionResponse;
}

/** How the subscription stands, and everything that can be done with it. */
export function SubscriptionCard({ catalog, subscription }: SubscriptionCardProps): ReactNode {
  const { text, format } = useI18n();
  const { resume } = useSubscription();
  const { status, because, has_access } = subscription;
  const { plan } = planAndPrice(subscription, catalog);
  const isEnding = isLive(subscription) && endOf(subscription) !== undefined;
  const name = plan?.name ?? subscription.plan ?? text.subscription.title;
  return (
    <div className={classes.card}>
      <div className={classes.name}>
        <h3>{name}</h3>
        {status !== null && (
          <Badge color={isEnding ? "yellow" : COLORS[status]} variant="light" size="lg" tt="none">
            {isEnding ? text.subscription.ending : text.subscription.status[status]}
          </Badge>
        )}
      </div>
      {status === null ? (
        <p>{plan?.description}</p>
      ) : (
        <SubscriptionFacts catalog={catalog} subscription={subscription} />
      )}
      {status !== null && !has_access && <p>{accessReason({ because, has_access, until: null }, text, format)}</p>}
      <ScheduledChange catalog={catalog} subscription={subscription} resume={resume} />
      {resume.error?.code === "payment_required" && <PaymentRequired error={resume.error} />}
      {resume.error && resume.error.code !== "payment_required" && subscription.scheduled_change === null && (
        <ErrorNotice error={resume.error} />
      )}
      <Actions subscription={subscription} name={name} resume={resume} />
    </div>
  );
}

interface ActionsProps {
  subscription: SubscriptionResponse;
  name: string;
  resume: ReturnType<typeof useSubscription>["resume"];
}

function Actions({ subscription, name, resume }: ActionsProps): ReactNode {
  const { text } = useI18n();
  const { openPortal } = useSubscription();
  const [isCanceling, setIsCanceling] = useState(false);
  const isEnding = endOf(subscription) !== undefined;
  if (!isLive(subscription)) {
    return (
      <Group>
        <Button component={Link} to="/pricing">
          {text.subscription.seePlans}
        </Button>
      </Group>
    );
  }
  return (
    <>
      {openPortal.error && <ErrorNotice error={openPortal.error} />}
      <Group gap="sm">
        {(isEnding || subscription.status === "paused") && (
          <Button loading={resume.isPending} onClick={() => resume.mutate()}>
            {isEnding ? text.subscription.keep(name) : text.subscription.resume}
          </Button>
        )}
        {canChange(subscription) && (
          <Button component={Link} to="/pricing" variant="default">
            {text.offer.changePlanButton}
          </Button>
        )}
        <Button variant="default" loading={openPortal.isPending} onClick={() => openPortal.mutate()}>
          {text.subscription.portal}
        </Button>
        {!isEnding && (
          <Button variant="subtle" color="red" onClick={() => setIsCanceling(true)}>
            {text.subscription.cancel}
          </Button>
        )}
      </Group>
      {isCanceling && (
        <Suspense>
          <CancelDialog subscription={subscription} name={name} onClose={() => setIsCanceling(false)} />
        </Suspense>
      )}
    </>
  );
}
