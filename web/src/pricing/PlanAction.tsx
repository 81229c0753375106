import { Button } from "@mantine/core";
import type {
  CatalogPlanResponse,
  CatalogResponse,
  RecurringPriceResponse,
  SubscriptionResponse,
} from "@tuition/client";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useSession } from "../auth/SessionProvider.tsx";
import { BuyError } from "../checkout/BuyError.tsx";
import type { Buying } from "../checkout/useBuy.ts";
import { useConfig } from "../configContext.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { canChange, isLive } from "../subscription/subscriptionState.ts";
import type { Trial } from "../subscription/trial.ts";
import { isHigher } from "./planPrices.ts";
import classes from "./Pricing.module.css";

export interface PlanActionProps {
  plan: CatalogPlanResponse;
  /** For the interval that is looked at. */
  price: RecurringPriceResponse | undefined;
  trial: Trial;
  catalog: CatalogResponse;
  subscription: SubscriptionResponse | undefined;
  /** The plan of a live subscription. */
  currentPlan: CatalogPlanResponse | undefined;
  buying: Buying;
  onSubscribe: (price: RecurringPriceResponse) => void;
  onChange: (price: RecurringPriceResponse) => void;
}

/** What the learner can do with a plan: ask for it, subscribe to it, or change to it. */
export function PlanAction(props: PlanActionProps): ReactNode {
  const { plan, price, subscription } = props;
  if (plan.tier === "free") return <FreePlan subscription={subscription} />;
  if (plan.tier === "contact") return <Contact name={plan.name} />;
  if (price === undefined) return null;
  const isLiveOne = subscription !== undefined && isLive(subscription);
  // Plans of one family replace one another; of another one, the learner can have a plan as well.
  const replaces = isLiveOne && (props.currentPlan === undefined || props.currentPlan.family === plan.family);
  return replaces ? (
    <Change {...props} price={price} subscription={subscription} />
  ) : (
    <Subscribe {...props} price={price} />
  );
}

function FreePlan({ subscription }: Pick<PlanActionProps, "subscription">): ReactNode {
  const { text } = useI18n();
  const { learner, signIn } = useSession();
  if (learner === undefined) {
    return (
      <Button variant="default" fullWidth onClick={() => void signIn()}>
        {text.app.signIn}
      </Button>
    );
  }
  if (!subscription || !isLive(subscription)) return null;
  return (
    <p className={classes.note}>
      {text.pricing.backToFree}{" "}
      <Link to="/account" className={classes.link}>
        {text.pricing.toAccount}
      </Link>
    </p>
  );
}

function Contact({ name }: { name: string }): ReactNode {
  const { text } = useI18n();
  const { contact_url } = useConfig();
  if (!contact_url) return <p className={classes.note}>{text.pricing.contactUs}</p>;
  return (
    <Button
      component="a"
      href={contact_url}
      variant="default"
      fullWidth
      aria-label={`${text.pricing.contactUs}: ${name}`}
    >
      {text.pricing.contactUs}
    </Button>
  );
}

type Priced = PlanActionProps & { price: RecurringPriceResponse };

function Subscribe({ plan, price, trial, buying, onSubscribe }: Priced): ReactNode {
  const { text } = useI18n();
  return (
    <>
      <Button
        fullWidth
        loading={buying.opening === price.price_id}
        disabled={buying.opening !== undefined}
        onClick={() => onSubscribe(price)}
      >
        {trial === "none" ? text.offer.subscribe(plan.name) : text.offer.startTrial(plan.name)}
      </Button>
      {buying.error?.code !== "invalid_promotion_code" && <BuyError buying={buying} priceId={price.price_id} />}
    </>
  );
}

function Change({
  plan,
  price,
  catalog,
  subscription,
  onChange,
}: Priced & { subscription: SubscriptionResponse }): ReactNode {
  const { text } = useI18n();
  const next = subscription.scheduled_change;
  if (subscription.price_id === price.price_id || !canChange(subscription)) return null;
  if (next?.plan === plan.id && next.interval === price.interval) {
    return <p className={classes.note}>{text.pricing.comesNext}</p>;
  }
  const isUpgrade = subscription.plan === null || isHigher(plan.id, subscription.plan, catalog);
  const label = isUpgrade ? text.pricing.upgrade(plan.name) : text.pricing.switchTo(plan.name);
  return (
    <Button fullWidth variant={isUpgrade ? "filled" : "default"} onClick={() => onChange(price)}>
      {subscription.plan === plan.id ? text.pricing.payEvery[price.interval] : label}
    </Button>
  );
}
