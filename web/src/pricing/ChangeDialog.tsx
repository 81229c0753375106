import { Button, Group, Loader, Stack } from "@mantine/core";
import type { CatalogPlanResponse, PreviewChangeResponse, RecurringPriceResponse } from "@tuition/client";
import { useSubscription } from "@tuition/react";
import { useEffect, type ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Dialog } from "../layout/Dialog.tsx";
import { PaymentRequired } from "../subscription/PaymentRequired.tsx";
import classes from "./Pricing.module.css";

export interface ChangeDialogProps {
  plan: CatalogPlanResponse;
  price: RecurringPriceResponse;
  /** The plan that the learner has. */
  currentName: string;
  onClose: () => void;
  /** The change is made, or settled for later. */
  onDone: (message: string) => void;
}

/** What a change charges and when it comes, and the button that makes it. */
export default function ChangeDialog({ plan, price, currentName, onClose, onDone }: ChangeDialogProps): ReactNode {
  const { text, format } = useI18n();
  const { preview, change } = useSubscription();
  const { price_id } = price;
  const { mutate: show } = preview;
  useEffect(() => show({ price_id }), [show, price_id]);
  const confirm = ({ proration_date, amount_due }: PreviewChangeResponse) =>
    change.mutate(
      { price_id, proration_date, amount_due },
      {
        onSuccess: ({ scheduled_change }) =>
          onDone(
            scheduled_change
              ? text.pricing.changesOn(plan.name, format.date(scheduled_change.at))
              : text.pricing.changed(plan.name),
          ),
        onError: ({ code }) => {
          if (code === "preview_expired") show({ price_id });
        },
      },
    );
  return (
    <Dialog title={text.pricing.changeTo(plan.name)} onClose={onClose}>
      <Stack gap="md">
        {preview.error && <ErrorNotice error={preview.error} onRetry={() => show({ price_id })} />}
        {preview.isPending && <Loader role="status" aria-label={text.app.loading} />}
        {preview.data && <Preview preview={preview.data} price={price} currentName={currentName} name={plan.name} />}
        {change.error?.code === "payment_required" ? (
          <PaymentRequired error={change.error} />
        ) : (
          change.error && <ErrorNotice error={change.error} />
        )}
        <Group>
          {preview.data && (
            <Button loading={change.isPending} onClick={() => confirm(preview.data)}>
              {preview.data.amount_due > 0
                ? text.pricing.payNow(format.money(preview.data.amount_due, preview.data.currency))
                : text.pricing.confirm}
            </Button>
          )}
          <Button variant="subtle" onClick={onClose}>
            {text.pricing.back}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

interface PreviewProps {
  preview: PreviewChangeResponse;
  price: RecurringPriceResponse;
  currentName: string;
  name: string;
}

function Preview({ preview, price, currentName, name }: PreviewProps): ReactNode {
  const { text, format } = useI18n();
  const money = (amount: number) => format.money(amount, preview.currency);
  const { amount_due, total, takes_effect_at, lines } = preview;
  const then = text.pricing.then(`${money(price.amount)} ${text.pricing.per[price.interval]}`);
  if (takes_effect_at !== null) {
    const date = format.date(takes_effect_at);
    return (
      <p className={classes.preview}>
        {text.pricing.later(name, currentName, date)} {then}
      </p>
    );
  }
  return (
    <>
      <p className={classes.preview}>
        {amount_due > 0 ? text.pricing.now(name, money(amount_due)) : text.pricing.nowFree(name)}{" "}
        {total < 0 && `${text.pricing.credit(money(-total))} `}
        {then}
      </p>
      {lines.length > 0 && amount_due > 0 && (
        // Stripe's own words, in the language of the account.
        <table className={classes.lines}>
          <caption>{text.pricing.lines}</caption>
          <tbody>
            {lines.map(({ description, amount }, index) => (
              <tr key={index}>
                <th scope="row">{description}</th>
                <td>{money(amount)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{text.pricing.due}</th>
              <td>{money(amount_due)}</td>
            </tr>
          </tfoot>
        </table>
      )}
    </>
  );
}
