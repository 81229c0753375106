import { Button, Group, Stack, Textarea, TextInput } from "@mantine/core";
import type { RefundRequestDetailsResponse } from "@tuition/client";
import { useRefundDecision } from "@tuition/react";
import { useState, type ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { amountText, parseAmount } from "./amount.ts";
import { Decided } from "./Decided.tsx";
import { ADMIN_TEXTS } from "./texts.ts";

/** What an operator does with a request: money goes back, all or a part of it, or none, with a word to the learner. */
export function Decision({ request }: { request: RefundRequestDetailsResponse }): ReactNode {
  const { language, format } = useI18n();
  const words = ADMIN_TEXTS[language];
  const { approve, reject } = useRefundDecision(request.id);
  const left = request.payment ? request.payment.amount - request.payment.refunded_amount : 0;
  const [amountTyped, setAmount] = useState(() => amountText(left, request.currency));
  const [note, setNote] = useState("");
  const [isNoteMissing, setIsNoteMissing] = useState(false);
  if (request.status !== "open" && request.status !== "refund_failed") return <Decided request={request} />;
  const amount = parseAmount(amountTyped, request.currency);
  const isValid = amount !== undefined && amount > 0 && amount <= left;
  const isBusy = approve.isPending || reject.isPending;
  const told = note.trim();
  const error = approve.error ?? reject.error;
  return (
    <Stack gap="md">
      {request.status === "refund_failed" && <p role="status">{words.failed}</p>}
      <TextInput
        label={words.part(request.currency.toUpperCase())}
        description={words.partHint(format.money(left, request.currency))}
        inputMode="decimal"
        value={amountTyped}
        onChange={({ target }) => setAmount(target.value)}
        error={!isValid && words.invalidAmount}
      />
      <Textarea
        label={words.note}
        description={words.noteOptional}
        value={note}
        maxLength={2000}
        rows={3}
        onChange={({ target }) => {
          setNote(target.value);
          setIsNoteMissing(false);
        }}
        error={isNoteMissing && words.noteMissing}
      />
      <p>{request.kind === "subscription" ? words.subscriptionHint : words.approveHint}</p>
      {error && <ErrorNotice error={error} />}
      <Group>
        <Button
          disabled={!isValid || isBusy}
          loading={approve.isPending}
          onClick={() => {
            reject.reset();
            // All that is left is the API's to know.
            approve.mutate({ ...(amount !== left && { amount }), ...(told !== "" && { note: told }) });
          }}
        >
          {isValid ? words.refund(format.money(amount, request.currency)) : words.approve}
        </Button>
        {request.status === "open" && (
          <Button
            variant="subtle"
            color="red"
            disabled={isBusy}
            loading={reject.isPending}
            onClick={() => {
              approve.reset();
              if (told === "") setIsNoteMissing(true);
              else reject.mutate(told);
            }}
          >
            {words.reject}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
