import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";

export interface LoadingProps {
  className?: string | undefined;
  /** What it will look like. */
  children?: ReactNode;
}

/** A part of the page that is not here yet. What comes after it is not shown before it, or it would move: see app.css. */
export function Loading({ className, children }: LoadingProps): ReactNode {
  const { text } = useI18n();
  return (
    <div role="status" aria-label={text.app.loading} className={className} data-pending>
      {children}
    </div>
  );
}
