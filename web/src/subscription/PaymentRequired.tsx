import { Alert, Button, Stack } from "@mantine/core";
import type { TuitionError } from "@tuition/client";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";

/** The card was not charged, and nothing has changed: where it can be paid. `error` has the code `payment_required`. */
export function PaymentRequired({ error }: { error: TuitionError }): ReactNode {
  const { text } = useI18n();
  const url = error.members.hosted_invoice_url;
  return (
    <Alert color="red" role="alert" title={text.error.title}>
      <Stack gap="sm" align="start">
        {text.error.codes.payment_required}
        {typeof url === "string" && (
          <Button component="a" variant="default" href={url}>
            {text.banner.invoice}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
