import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { endOf, isLive, planAndPrice } from "../subscription/subscriptionState.ts";
import classes from "./Account.module.css";
import type { SubscriptionCardProps } from "./SubscriptionCard.tsx";

/** What it costs, and the days on which something happens. */
export function SubscriptionFacts({ catalog, subscription }: SubscriptionCardProps): ReactNode {
  const { text, format } = useI18n();
  const { price } = planAndPrice(subscription, catalog);
  const facts: [string, string][] = [];
  const words = text.subscription;
  if (price && isLive(subscription)) {
    facts.push([words.price, `${format.money(price.amount, price.currency)} ${text.pricing.per[price.interval]}`]);
  }
  const end = endOf(subscription);
  if (subscription.ended_at !== null) facts.push([words.ended, format.date(subscription.ended_at)]);
  else if (end !== undefined) facts.push([words.ends, format.date(end)]);
  else facts.push(...renewal());
  return (
    <dl className={classes.facts}>
      {facts.map(([term, fact]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );

  function renewal(): [string, string][] {
    const { status, trial_end, current_period_end, next_invoice_at, next_invoice_amount, next_invoice_currency } =
      subscription;
    const trial: [string, string][] =
      status === "trialing" && trial_end !== null ? [[words.freeUntil, format.date(trial_end)]] : [];
    if (next_invoice_at !== undefined && next_invoice_amount !== undefined && next_invoice_currency !== undefined) {
      const amount = format.money(next_invoice_amount, next_invoice_currency);
      return [...trial, [words.nextPayment, words.amountOn(amount, format.date(next_invoice_at))]];
    }
    // Stripe did not say what comes next.
    if ((status === "active" || status === "trialing") && current_period_end !== null) {
      return [...trial, [words.renews, format.date(current_period_end)]];
    }
    return trial;
  }
}
