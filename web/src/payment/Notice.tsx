import { Alert, Button, Stack } from "@mantine/core";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";

export interface NoticeProps {
  message: string;
  onRetry?: () => void;
}

/** Why nothing was charged. */
export function Notice({ message, onRetry }: NoticeProps): ReactNode {
  const { text } = useI18n();
  return (
    <Alert color="red" role="alert" title={text.payment.failedTitle}>
      <Stack gap="sm" align="start">
        {message}
        {onRetry && (
          <Button variant="default" onClick={onRetry}>
            {text.payment.again}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
