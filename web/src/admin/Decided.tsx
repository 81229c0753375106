import type { RefundRequestDetailsResponse } from "@tuition/client";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Admin.module.css";
import { ADMIN_TEXTS } from "./texts.ts";

/** What was decided. */
export function Decided({ request }: { request: RefundRequestDetailsResponse }): ReactNode {
  const { language, format } = useI18n();
  const words = ADMIN_TEXTS[language];
  const { approval, note, status, currency } = request;
  return (
    <>
      <p role="status">
        <strong>{words.statuses[status]}</strong>
      </p>
      {approval && <p>{words.approvedAmount(format.money(approval.amount, currency))}</p>}
      {approval?.canceled_subscription_id != null && <p>{words.canceled}</p>}
      {note !== null && <blockquote className={classes.letter}>{note}</blockquote>}
    </>
  );
}
