import { Button } from "@mantine/core";
import type { CatalogPlanResponse } from "@tuition/client";
import { useSubscription } from "@tuition/react";
import type { ReactNode } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import type { PlanOffer } from "../catalog/offers.ts";
import type { Buying } from "../checkout/useBuy.ts";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Course.module.css";

export interface PlanOffersProps {
  plans: PlanOffer[];
  buying: Buying;
  /** What of a plan is shown beside its price: how much of this meter it has. */
  meter?: string;
}

/** Plans that have what the learner lacks. Whoever has a subscription already changes it. */
export function PlanOffers(props: PlanOffersProps): ReactNode {
  const { learner } = useSession();
  return learner ? <PlansOfLearner {...props} /> : <PlansToBuy {...props} />;
}

/** With one of these, or with none, another subscription can be begun. */
const ENDED = ["canceled", "incomplete_expired"];

function PlansOfLearner(props: PlanOffersProps): ReactNode {
  const { data: subscription, openPortal } = useSubscription();
  const { text } = useI18n();
  if (!subscription || props.plans.length === 0) return null;
  if (subscription.status === null || ENDED.includes(subscription.status)) return <PlansToBuy {...props} />;
  // It is the learner's plan, so something else is in the way, and is said elsewhere.
  if (props.plans.some(({ plan }) => plan.id === subscription.plan)) return null;
  return (
    <li className={classes.way}>
      <p className={classes.note}>{text.offer.changePlan}</p>
      {openPortal.error && <ErrorNotice error={openPortal.error} />}
      <Button variant="default" loading={openPortal.isPending} onClick={() => openPortal.mutate()}>
        {text.offer.changePlanButton}
      </Button>
    </li>
  );
}

function PlansToBuy({ plans, buying, meter }: PlanOffersProps): ReactNode {
  const { text, format } = useI18n();
  const limitOf = ({ limits }: CatalogPlanResponse, name: string) => {
    const { limit, period } = limits[name] ?? { limit: 0, period: "day" };
    const label = text.meters[name] ?? name;
    return limit === null
      ? text.limit.meterUnlimited(label)
      : text.limit.perPeriod(format.number(limit), label, text.limit.per[period]);
  };
  return plans.map(({ plan, price }) => (
    <li key={plan.id} className={classes.way}>
      <h3 className={classes.wayTitle}>{text.offer.plan(plan.name)}</h3>
      <p className={classes.note}>{meter === undefined ? plan.description : limitOf(plan, meter)}</p>
      <p className={classes.note}>
        {text.offer.perMonth(format.money(price.amount, price.currency))}
        {plan.trial_days > 0 && `, ${text.offer.trial(plan.trial_days)}`}
      </p>
      <Button
        variant="default"
        loading={buying.opening === price.price_id}
        disabled={buying.opening !== undefined}
        onClick={() => buying.buy({ price_id: price.price_id, product: plan.id })}
      >
        {plan.trial_days > 0 ? text.offer.startTrial(plan.name) : text.offer.subscribe(plan.name)}
      </Button>
    </li>
  ));
}
