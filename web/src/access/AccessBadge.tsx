import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconClock, IconLock, IconLockOpen, IconReceiptRefund } from "@tabler/icons-react";
import type { AccessResponse } from "@tuition/client";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { accessState, type AccessState } from "./accessState.ts";

const LOOKS: Record<AccessState, { color: string; Icon: typeof IconLock }> = {
  open: { color: "green", Icon: IconLockOpen },
  locked: { color: "gray", Icon: IconLock },
  pending: { color: "yellow", Icon: IconClock },
  problem: { color: "red", Icon: IconAlertTriangle },
  refunded: { color: "gray", Icon: IconReceiptRefund },
  ended: { color: "gray", Icon: IconLock },
};

export interface AccessBadgeProps {
  access: AccessResponse;
}

export function AccessBadge({ access }: AccessBadgeProps): ReactNode {
  const { text, format } = useI18n();
  const state = accessState(access);
  const { color, Icon } = LOOKS[state];
  const label =
    state === "open" && access.until !== null ? text.access.until(format.date(access.until)) : text.access[state];
  return (
    <Badge color={color} variant="light" size="lg" tt="none" leftSection={<Icon size={14} aria-hidden />}>
      {label}
    </Badge>
  );
}
