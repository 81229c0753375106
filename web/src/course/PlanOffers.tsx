import { Button, Skeleton } from "@mantine/core";
import type { SubscriptionResponse } from "@tuition/client";
import { useSubscription } from "@tuition/react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useSession } from "../auth/SessionProvider.tsx";
import type { PlanOffer } from "../catalog/offers.ts";
import { BuyError } from "../checkout/BuyError.tsx";
import type { Buying } from "../checkout/useBuy.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { limitText } from "../practice/limitText.ts";
import { CreditPrice } from "../referrals/CreditPrice.tsx";
import { useCredit } from "../referrals/useCredit.ts";
import { isLive } from "../subscription/subscriptionState.ts";
import { trialOf, trialRequest } from "../subscription/trial.ts";
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
  return learner ? <PlansOfLearner {...props} /> : <PlansToBuy {...props} subscription={undefined} />;
}

function PlansOfLearner(props: PlanOffersProps): ReactNode {
  const { data: subscription, isPending } = useSubscription();
  const credit = useCredit();
  const { text } = useI18n();
  if (props.plans.length === 0) return null;
  if (isPending || credit.isPending)
    return <Skeleton component="li" height={120 * props.plans.length} aria-hidden data-pending />;
  if (!subscription) return null;
  if (!isLive(subscription)) return <PlansToBuy {...props} subscription={subscription} />;
  // It is the learner's plan, so something else is in the way, and is said elsewhere.
  if (props.plans.some(({ plan }) => plan.id === subscription.plan)) return null;
  return (
    <li className={classes.way}>
      <p className={classes.note}>{text.offer.changePlan}</p>
      <Button component={Link} to="/pricing" variant="default">
        {text.offer.changePlanButton}
      </Button>
    </li>
  );
}

type PlansToBuyProps = PlanOffersProps & { subscription: SubscriptionResponse | undefined };

function PlansToBuy({ plans, buying, meter, subscription }: PlansToBuyProps): ReactNode {
  const { text, format } = useI18n();
  return plans.map(({ plan, price }) => {
    const trial = buying.error?.code === "trial_used" ? "none" : trialOf(plan, subscription);
    const limit = meter === undefined ? undefined : plan.limits[meter];
    return (
      <li key={plan.id} className={classes.way}>
        <h3 className={classes.wayTitle}>{text.offer.plan(plan.name)}</h3>
        <p className={classes.note}>
          {meter === undefined || limit === undefined ? plan.description : limitText(meter, limit, text, format)}
        </p>
        <p className={classes.note}>
          {text.offer.perMonth(format.money(price.amount, price.currency))}
          {trial === "offered" && `, ${text.offer.trial(plan.trial_days)}`}
          {trial === "if_new" && `, ${text.offer.trialIfNew(plan.trial_days)}`}
        </p>
        {trial === "none" && (
          <CreditPrice
            amount={price.amount}
            currency={price.currency}
            canBeFree={buying.canBeFree}
            isFirstPayment
            className={classes.note}
          />
        )}
        <Button
          variant="default"
          loading={buying.opening === price.price_id}
          disabled={buying.opening !== undefined}
          onClick={() => buying.buy({ price_id: price.price_id, product: plan.id, ...trialRequest(plan, trial) })}
        >
          {trial === "none" ? text.offer.subscribe(plan.name) : text.offer.startTrial(plan.name)}
        </Button>
        <BuyError buying={buying} priceId={price.price_id} />
      </li>
    );
  });
}
