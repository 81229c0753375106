import type { MeterResponse } from "@tuition/client";

import type { Messages } from "../i18n/en.ts";
import type { Format } from "../i18n/format.ts";

/** How much of a meter was used, and may be. */
export function usedText({ used, limit }: MeterResponse, meter: string, text: Messages, format: Format): string {
  const name = text.meters[meter] ?? meter;
  const count = format.number(used);
  return limit === null ? text.practice.unlimited(count, name) : text.practice.used(count, format.number(limit), name);
}
