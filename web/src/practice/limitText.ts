import type { UsageLimitResponse } from "@tuition/client";

import type { Messages } from "../i18n/en.ts";
import type { Format } from "../i18n/format.ts";

/** How much of a meter a plan has, such as `300 minutes of conversation a day`. */
export function limitText(
  meter: string,
  { limit, period }: UsageLimitResponse,
  text: Messages,
  format: Format,
): string {
  const name = text.meters[meter] ?? meter;
  return limit === null
    ? text.limit.meterUnlimited(name)
    : text.limit.perPeriod(format.number(limit), name, text.limit.per[period]);
}
