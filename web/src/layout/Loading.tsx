import { useEffect, useState, type ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";

/** A page that moves is better than one that is not there. */
const MAX_WAIT_MS = 2_000;

export interface LoadingProps {
  className?: string | undefined;
  /** What it will look like. */
  children?: ReactNode;
}

/** For two seconds, what comes after a part that is loading waits for it. */
export function useIsWaiting(): boolean {
  const [isWaiting, setIsWaiting] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setIsWaiting(false), MAX_WAIT_MS);
    return () => clearTimeout(timer);
  }, []);
  return isWaiting;
}

/** A part of the page that is not here yet. What comes after it waits for it for two seconds, or it would move: see app.css. */
export function Loading({ className, children }: LoadingProps): ReactNode {
  const { text } = useI18n();
  const isWaiting = useIsWaiting();
  return (
    <div role="status" aria-label={text.app.loading} className={className} data-pending={isWaiting || undefined}>
      {children}
    </div>
  );
}
