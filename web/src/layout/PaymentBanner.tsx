import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { PaymentProblem, useSubscription } from "@tuition/react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { errorText } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Layout.module.css";
import { Loading } from "./Loading.tsx";

/** On every page while a payment of the subscription has failed: what is wrong, and the page that mends it. */
export function PaymentBanner(): ReactNode {
  const { text, format } = useI18n();
  const { isLoading, failureCount } = useSubscription();
  // It would push the page down. When the answer takes a second attempt, the page does not wait for it.
  if (isLoading && failureCount === 0) return <Loading />;
  return (
    <PaymentProblem>
      {({ kind, hosted_invoice_url, next_attempt_at }, updatePaymentMethod, portal) => (
        <Alert color="red" radius={0} className={classes.notice} role="alert" aria-label={text.banner.label}>
          <Group justify="center" gap="sm">
            <IconAlertTriangle size={20} aria-hidden />
            <Text span>
              {text.banner[kind]}
              {kind === "payment_failed" && next_attempt_at !== null && (
                <> {text.banner.nextAttempt(format.date(next_attempt_at))}</>
              )}
            </Text>
            <Group justify="center" gap="sm">
              {kind === "payment_failed" && (
                <Button onClick={updatePaymentMethod} loading={portal.isOpening}>
                  {text.banner.update}
                </Button>
              )}
              {(kind === "payment_failed" || kind === "action_required") && hosted_invoice_url !== null && (
                <Button component="a" variant="default" href={hosted_invoice_url}>
                  {text.banner.invoice}
                </Button>
              )}
              {kind === "invoice_voided" && (
                <Button component={Link} to="/account" variant="default">
                  {text.pricing.toAccount}
                </Button>
              )}
            </Group>
          </Group>
          {portal.error && <p className={classes.portalError}>{errorText(portal.error, text)}</p>}
        </Alert>
      )}
    </PaymentProblem>
  );
}
