import { Alert, Button, Stack } from "@mantine/core";
import type { CatalogResponse, SubscriptionResponse } from "@tuition/client";
import type { UseSubscriptionResult } from "@tuition/react";
import type { ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";

export interface ScheduledChangeProps {
  subscription: SubscriptionResponse;
  catalog: CatalogResponse;
  resume: UseSubscriptionResult["resume"];
}

/** The plan that comes with the end of the period, and the way to keep the present one. */
export function ScheduledChange({ subscription, catalog, resume }: ScheduledChangeProps): ReactNode {
  const { text, format } = useI18n();
  const change = subscription.scheduled_change;
  if (change === null) return null;
  const nameOf = (id: string | null) => catalog.plans.find((plan) => plan.id === id)?.name ?? id ?? "";
  const interval = change.interval === null ? "" : text.pricing.paid[change.interval];
  return (
    <Alert mt="md" title={text.subscription.scheduled(nameOf(change.plan), format.date(change.at), interval)}>
      <Stack gap="sm" align="start">
        {text.subscription.scheduledUntil(nameOf(subscription.plan))}
        {resume.error && <ErrorNotice error={resume.error} />}
        <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate()}>
          {text.subscription.keep(nameOf(subscription.plan))}
        </Button>
      </Stack>
    </Alert>
  );
}
