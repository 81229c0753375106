import type { ModuleResponse } from "@tuition/client";

import type { Messages } from "../i18n/en.ts";
import type { Format } from "../i18n/format.ts";

/** Why a module is closed to somebody who has the course; `undefined` when it is open, or when the course is what is missing. */
export function lockReason(
  { locked, reason, opens_at }: Pick<ModuleResponse, "locked" | "reason" | "opens_at">,
  text: Messages,
  format: Format,
): string | undefined {
  if (!locked || reason === null || reason === "no_access") return undefined;
  const { locks } = text.learning;
  const date = opens_at === null ? undefined : format.dateTime(opens_at);
  if (reason === "previous_modules") {
    return date === undefined ? locks.previous_modules : locks.previous_modules_later(date);
  }
  return date === undefined ? text.learning.lockedTitle : locks[reason](date);
}
