import { Button, Group, Stack } from "@mantine/core";
import type { SubscriptionResponse } from "@tuition/client";
import { useSubscription } from "@tuition/react";
import type { ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Dialog } from "../layout/Dialog.tsx";
import { endsAtOnce } from "../subscription/subscriptionState.ts";

export interface CancelDialogProps {
  subscription: SubscriptionResponse;
  /** Of the plan. */
  name: string;
  onClose: () => void;
}

/** What a cancellation means, before it is made. */
export default function CancelDialog({ subscription, name, onClose }: CancelDialogProps): ReactNode {
  const { text, format } = useI18n();
  const { cancel } = useSubscription();
  const end = subscription.current_period_end;
  const isAtOnce = endsAtOnce(subscription) || end === null;
  return (
    <Dialog title={text.subscription.cancelTitle(name)} onClose={onClose}>
      <Stack gap="md">
        <p>{isAtOnce ? text.subscription.cancelNow : text.subscription.cancelLater(format.date(end))}</p>
        {cancel.error && <ErrorNotice error={cancel.error} />}
        <Group>
          <Button
            color="red"
            loading={cancel.isPending}
            onClick={() => cancel.mutate(undefined, { onSuccess: () => onClose() })}
          >
            {text.subscription.cancelConfirm}
          </Button>
          <Button variant="subtle" onClick={onClose}>
            {text.subscription.keep(name)}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
