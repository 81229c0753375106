import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { creditUse } from "./credit.ts";
import { useCredit } from "./useCredit.ts";

export interface CreditPriceProps {
  amount: number;
  currency: string;
  /** Whether credit may pay all of it. */
  canBeFree: boolean;
  /** Of a plan, credit pays for the first invoice only. */
  isFirstPayment?: boolean;
  className?: string | undefined;
}

/** A price beside what is left of it after the learner's credit; nothing where there is no credit. */
export function CreditPrice({
  amount,
  currency,
  canBeFree,
  isFirstPayment = false,
  className,
}: CreditPriceProps): ReactNode {
  const { text, format } = useI18n();
  const { available } = useCredit();
  const { used, left } = creditUse(amount, available(currency), canBeFree);
  if (used === 0) return null;
  const [price, rest] = [format.money(amount, currency), format.money(left, currency)];
  return (
    <p className={className}>
      {isFirstPayment ? text.referrals.firstWithCredit(rest) : text.referrals.withCredit(price, rest)}
    </p>
  );
}
