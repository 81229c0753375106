import { Alert, Button, Stack, Text } from "@mantine/core";
import { isTuitionError } from "@tuition/client";
import type { ReactNode } from "react";

import type { Messages } from "../i18n/en.ts";
import { useI18n } from "../i18n/I18nProvider.tsx";

export interface ErrorNoticeProps {
  error: unknown;
  onRetry?: () => void;
}

/** Says what went wrong in the learner's words, with the number that finds it in the logs. */
export function ErrorNotice({ error, onRetry }: ErrorNoticeProps): ReactNode {
  const { text } = useI18n();
  const requestId = isTuitionError(error) ? error.request_id : undefined;
  return (
    <Alert color="red" role="alert" title={text.error.title}>
      <Stack gap="sm" align="start">
        <Text span>{errorText(error, text)}</Text>
        {requestId !== undefined && !isExpected(error) && (
          <Text span size="sm">
            {text.error.requestId(requestId)}
          </Text>
        )}
        {onRetry && (
          <Button variant="default" onClick={onRetry}>
            {text.error.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** What an error of the API means for the learner. */
export function errorText(error: unknown, text: Messages): string {
  if (!isTuitionError(error)) return text.error.unexpected;
  const known = text.error.codes[error.code];
  if (known !== undefined) return known;
  if (error.status === 401) return text.session.endedTitle;
  if (error.code === "network_error" || error.code === "token_error") return text.error.network;
  return error.status === 503 || error.status === 429 ? text.error.busy : text.error.unexpected;
}

/** The learner did something that cannot be done; nothing is broken. */
function isExpected(error: unknown): boolean {
  return isTuitionError(error) && error.status !== undefined && error.status < 500;
}
