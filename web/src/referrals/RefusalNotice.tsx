import { Alert } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { dropRefusal, keptRefusal } from "./rememberedCode.ts";

/** Why the referral code does not count. The sale goes on. */
export function RefusalNotice({ reason, className }: { reason: string; className?: string | undefined }): ReactNode {
  const { text } = useI18n();
  return (
    <Alert color="yellow" role="status" radius={className === undefined ? "sm" : 0} className={className}>
      {text.referrals.refusals[reason] ?? text.referrals.refused}
    </Alert>
  );
}

/** The same for whoever comes back from the payment page, which was opened as soon as the API had answered. */
export function KeptRefusalNotice({ className }: { className?: string | undefined }): ReactNode {
  const [reason] = useState(keptRefusal);
  useEffect(() => dropRefusal(), []);
  return reason !== undefined && <RefusalNotice reason={reason} className={className} />;
}
