import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useRequestRefund } from "@tuition/react";
import { useState, type ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Dialog } from "../layout/Dialog.tsx";

export interface RefundDialogProps {
  paymentId: string;
  /** Of what was paid for. */
  name: string;
  onClose: () => void;
}

/** Asks for money back, and says first what follows. */
export default function RefundDialog({ paymentId, name, onClose }: RefundDialogProps): ReactNode {
  const { text } = useI18n();
  const request = useRequestRefund(paymentId);
  const [reason, setReason] = useState("");
  const isGiven = reason.trim() !== "";
  return (
    <Dialog title={text.payments.askName(name)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isGiven) request.mutate(reason.trim(), { onSuccess: () => onClose() });
        }}
      >
        <Stack gap="md">
          <Textarea
            label={text.payments.why}
            description={text.payments.whyHint}
            value={reason}
            maxLength={2000}
            rows={4}
            required
            data-autofocus
            onChange={({ target }) => setReason(target.value)}
          />
          <p>{text.payments.after}</p>
          {request.error && <ErrorNotice error={request.error} />}
          <Group>
            <Button type="submit" loading={request.isPending}>
              {text.payments.send}
            </Button>
            <Button variant="subtle" onClick={onClose}>
              {text.app.close}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
