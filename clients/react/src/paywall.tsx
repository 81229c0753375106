import type { AccessResponse, TuitionError } from "@tuition/client";
import type { ReactNode } from "react";

import { useAccess } from "./queries.js";

/** Why a course is closed: by the API's decision, or because that could not be found out (401: nobody is signed in). */
export type Closed = { access: AccessResponse; error?: undefined } | { access?: undefined; error: TuitionError };

export interface PaywallProps {
  courseId: string;
  /** What is shown instead while the course is closed. A function is told why. */
  fallback?: ReactNode | ((closed: Closed) => ReactNode);
  /** What is shown until the API has answered. */
  loading?: ReactNode;
  children?: ReactNode;
}

/**
 * Shows its children to whoever may open the course.
 *
 * This is for the eye. What must stay secret, your backend gives away only after it has asked the API itself.
 */
export function Paywall({ courseId, fallback, loading, children }: PaywallProps): ReactNode {
  const { data: access, error } = useAccess(courseId);
  if (access?.has_access) return children;
  const closed: Closed | undefined = access ? { access } : error ? { error } : undefined;
  if (closed === undefined) return loading;
  return typeof fallback === "function" ? fallback(closed) : fallback;
}
