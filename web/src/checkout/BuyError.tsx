import { useEffect, useRef, type ReactNode } from "react";

import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import type { Buying } from "./useBuy.ts";

export interface BuyErrorProps {
  buying: Buying;
  /** Of the button above it. */
  priceId: string;
}

/** Why the payment page was not opened, where the button is, and in sight. */
export function BuyError({ buying: { error, failed }, priceId }: BuyErrorProps): ReactNode {
  const notice = useRef<HTMLDivElement>(null);
  const isShown = error !== null && failed === priceId;
  useEffect(() => {
    if (isShown) notice.current?.scrollIntoView({ block: "nearest" });
  }, [isShown]);
  return (
    isShown && (
      <div ref={notice}>
        <ErrorNotice error={error} />
      </div>
    )
  );
}
