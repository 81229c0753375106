import { NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import type {
  CatalogPlanResponse,
  CatalogResponse,
  Interval,
  RecurringPriceResponse,
  SubscriptionResponse,
} from "@tuition/client";
import { useSubscription } from "@tuition/react";
import { lazy, Suspense, useEffect, useId, useRef, useState, type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";

import { useCurrency } from "../catalog/currency.tsx";
import { useBuy } from "../checkout/useBuy.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { ScheduledChange } from "../subscription/ScheduledChange.tsx";
import { canChange, isLive, planAndPrice } from "../subscription/subscriptionState.ts";
import { trialOf, trialRequest, type Trial } from "../subscription/trial.ts";
import { PlanAction } from "./PlanAction.tsx";
import { PlanCard } from "./PlanCard.tsx";
import { intervalsOf, priceFor, yearlySaving } from "./planPrices.ts";
import classes from "./Pricing.module.css";

const ChangeDialog = lazy(() => import("./ChangeDialog.tsx"));

export interface PlansProps {
  catalog: CatalogResponse;
  /** `undefined` when nobody is signed in. */
  subscription: SubscriptionResponse | undefined;
}

export function Plans({ catalog, subscription }: PlansProps): ReactNode {
  const { text } = useI18n();
  const current = subscription && isLive(subscription) ? subscription : undefined;
  const known = current && planAndPrice(current, catalog);
  const choice = useCurrency(catalog);
  // A subscription keeps its currency.
  const currency = known?.price?.currency ?? choice.currency;
  const intervals = intervalsOf(catalog);
  // In the address, so that it survives the way to the payment page and back.
  const [parameters, setParameters] = useSearchParams();
  const wanted = [parameters.get("interval"), current?.interval, "month", intervals[0]];
  const interval = wanted.flatMap((name) => intervals.find((one) => one === name) ?? [])[0] ?? "month";
  const setInterval = (name: Interval) => setParameters({ interval: name }, { replace: true });
  const [code, setCode] = useState("");
  const [changingTo, setChangingTo] = useState<{ plan: CatalogPlanResponse; price: RecurringPriceResponse }>();
  const [changed, setChanged] = useState<string>();
  const buying = useBuy();
  const isCodeWrong = buying.error?.code === "invalid_promotion_code";
  const trialFor = (plan: CatalogPlanResponse): Trial =>
    buying.error?.code === "trial_used" ? "none" : trialOf(plan, subscription);
  // A change of the plan is no checkout.
  const replaces = ({ family }: CatalogPlanResponse) =>
    current !== undefined && (known?.plan === undefined || known.plan.family === family);
  const subscribe = (plan: CatalogPlanResponse, price: RecurringPriceResponse) => {
    const promotion = code.trim() === "" ? {} : { promotion_code: code.trim() };
    buying.buy({
      price_id: price.price_id,
      product: plan.id,
      ...trialRequest(plan, trialFor(plan)),
      ...promotion,
    });
  };
  return (
    <>
      <div className={classes.toolbar}>
        {intervals.length > 1 && (
          <IntervalSwitch
            intervals={intervals}
            interval={interval}
            onChange={setInterval}
            saving={Math.max(0, ...catalog.plans.map((plan) => yearlySaving(plan, currency)?.percent ?? 0))}
          />
        )}
        {known?.price === undefined && choice.currencies.length > 1 && (
          <NativeSelect
            aria-label={text.catalog.currency}
            value={currency}
            onChange={({ target }) => choice.choose(target.value)}
            data={choice.currencies.map((name) => ({ value: name, label: name.toUpperCase() }))}
          />
        )}
      </div>
      <p role="status" className={classes.status}>
        {changed}
      </p>
      {current && <Notice subscription={current} catalog={catalog} />}
      <ul className={classes.plans}>
        {catalog.plans.map((plan) => (
          <PlanCard
            key={plan.id}
            plan={plan}
            price={priceFor(plan, interval, currency)}
            saving={interval === "year" ? yearlySaving(plan, currency) : undefined}
            interval={interval}
            titles={catalog.courses.filter(({ id }) => plan.courses.includes(id)).map(({ title }) => title)}
            trial={known?.plan?.family === plan.family ? "none" : trialFor(plan)}
            takesCredit={!replaces(plan) && trialFor(plan) === "none" && code.trim() === ""}
            isCurrent={subscription !== undefined && (current ?? subscription).plan === plan.id}
          >
            <PlanAction
              plan={plan}
              price={priceFor(plan, interval, currency)}
              trial={trialFor(plan)}
              catalog={catalog}
              subscription={subscription}
              currentPlan={known?.plan}
              buying={buying}
              onSubscribe={(price) => subscribe(plan, price)}
              onChange={(price) => {
                setChanged(undefined);
                setChangingTo({ plan, price });
              }}
            />
          </PlanCard>
        ))}
      </ul>
      {current === undefined && <PromotionCode code={code} onChange={setCode} isWrong={isCodeWrong} />}
      {changingTo && (
        <Suspense>
          <ChangeDialog
            {...changingTo}
            currentName={known?.plan?.name ?? ""}
            onClose={() => setChangingTo(undefined)}
            onDone={(message) => {
              setChangingTo(undefined);
              setChanged(message);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

interface IntervalSwitchProps {
  intervals: Interval[];
  interval: Interval;
  onChange: (interval: Interval) => void;
  /** The most that a year saves, in percent. */
  saving: number;
}

function IntervalSwitch({ intervals, interval, onChange, saving }: IntervalSwitchProps): ReactNode {
  const { text, format } = useI18n();
  const label = (name: Interval) =>
    name === "year" && saving > 0
      ? `${text.pricing.intervals.year} · ${text.pricing.upTo(format.percent(saving))}`
      : text.pricing.intervals[name];
  return (
    <SegmentedControl
      role="radiogroup"
      aria-label={text.pricing.interval}
      value={interval}
      onChange={(value) => onChange(value)}
      data={intervals.map((name) => ({ value: name, label: label(name) }))}
    />
  );
}

/** What stands in the way of a change, or is settled already. */
function Notice({
  subscription,
  catalog,
}: {
  subscription: SubscriptionResponse;
  catalog: CatalogResponse;
}): ReactNode {
  const { text } = useI18n();
  const { resume } = useSubscription();
  if (subscription.scheduled_change) {
    return <ScheduledChange subscription={subscription} catalog={catalog} resume={resume} />;
  }
  if (canChange(subscription)) return null;
  return (
    <p>
      {subscription.status === "payment_pending" ? text.pricing.paymentPending : text.pricing.notInOrder}{" "}
      <Link to="/account" className={classes.link}>
        {text.pricing.toAccount}
      </Link>
    </p>
  );
}

interface PromotionCodeProps {
  code: string;
  onChange: (code: string) => void;
  isWrong: boolean;
}

function PromotionCode({ code, onChange, isWrong }: PromotionCodeProps): ReactNode {
  const { text } = useI18n();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // It is far below the button that was pressed.
    if (isWrong) field.current?.focus();
  }, [isWrong]);
  return (
    <TextInput
      id={id}
      ref={field}
      className={classes.promotion}
      label={text.pricing.promotion}
      description={text.pricing.promotionHint}
      value={code}
      onChange={({ target }) => onChange(target.value)}
      autoComplete="off"
      error={isWrong && <span role="alert">{text.error.codes.invalid_promotion_code}</span>}
    />
  );
}
