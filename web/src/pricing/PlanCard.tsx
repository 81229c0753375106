import { Badge } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { CatalogPlanResponse, Interval, RecurringPriceResponse } from "@tuition/client";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { limitText } from "../practice/limitText.ts";
import { CreditPrice } from "../referrals/CreditPrice.tsx";
import type { Trial } from "../subscription/trial.ts";
import classes from "./Pricing.module.css";
import type { Saving } from "./planPrices.ts";

export interface PlanCardProps {
  plan: CatalogPlanResponse;
  /** For the interval that is looked at. */
  price: RecurringPriceResponse | undefined;
  saving: Saving | undefined;
  interval: Interval;
  /** Of the courses that it opens. */
  titles: string[];
  trial: Trial;
  isCurrent: boolean;
  /** Whether credit would pay for the first invoice. */
  takesCredit: boolean;
  /** What can be done with it. */
  children: ReactNode;
}

/** What a plan costs, and what it has. */
export function PlanCard({
  plan,
  price,
  saving,
  titles,
  trial,
  isCurrent,
  takesCredit,
  interval,
  children,
}: PlanCardProps): ReactNode {
  const { text, format } = useI18n();
  return (
    <li>
      <article className={classes.plan} aria-labelledby={`plan-${plan.id}`} data-current={isCurrent}>
        <div className={classes.name}>
          <h2 id={`plan-${plan.id}`}>{plan.name}</h2>
          {isCurrent && (
            <Badge variant="light" tt="none" size="lg">
              {text.pricing.current}
            </Badge>
          )}
        </div>
        <p className={classes.description}>{plan.description}</p>
        <div className={classes.cost}>
          <Cost plan={plan} price={price} interval={interval} />
          {saving && price && (
            <p className={classes.saving}>{text.pricing.saving(format.money(saving.amount, price.currency))}</p>
          )}
          {trial !== "none" && price && (
            <p className={classes.note}>
              {trial === "offered" ? text.pricing.trial(plan.trial_days) : text.pricing.trialIfNew(plan.trial_days)}
            </p>
          )}
          {takesCredit && price && (
            <CreditPrice
              amount={price.amount}
              currency={price.currency}
              canBeFree
              isFirstPayment
              className={classes.note}
            />
          )}
        </div>
        <div className={classes.action}>{children}</div>
        <ul className={classes.features}>
          {[
            ...Object.entries(plan.limits).map(([meter, limit]) => limitText(meter, limit, text, format)),
            ...titles,
          ].map((feature) => (
            <li key={feature}>
              <IconCheck size={18} aria-hidden />
              {feature}
            </li>
          ))}
        </ul>
      </article>
    </li>
  );
}

function Cost({ plan, price, interval }: Pick<PlanCardProps, "plan" | "price" | "interval">): ReactNode {
  const { text, format } = useI18n();
  if (plan.tier === "free") return <p className={classes.amount}>{text.pricing.free}</p>;
  if (plan.tier === "contact") return <p className={classes.amount}>{text.pricing.onRequest}</p>;
  if (price === undefined) return <p className={classes.note}>{text.pricing.notInInterval}</p>;
  return (
    <p>
      <span className={classes.amount}>{format.money(price.amount, price.currency)}</span> {text.pricing.per[interval]}
    </p>
  );
}
