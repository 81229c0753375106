import { Alert } from "@mantine/core";
import { onlineManager } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useSyncExternalStore, type ReactNode } from "react";
import { NavigationType, Outlet, useLocation, useNavigationType } from "react-router";

import { useSession } from "../auth/SessionProvider.tsx";
import { ErrorBoundary } from "../errors/ErrorBoundary.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { KeptRefusalNotice } from "../referrals/RefusalNotice.tsx";
import { Footer } from "./Footer.tsx";
import { Header } from "./Header.tsx";
import classes from "./Layout.module.css";
import { Loading } from "./Loading.tsx";
import { PaymentBanner } from "./PaymentBanner.tsx";

// It is seldom needed, and a dialog is large.
const SessionEnded = lazy(() => import("../auth/SessionEnded.tsx"));

/** What surrounds every page. */
export function Layout(): ReactNode {
  const { text } = useI18n();
  const { learner, hasEnded, isUnreachable } = useSession();
  const { pathname } = useLocation();
  const navigation = useNavigationType();
  useEffect(() => {
    // Back and forward are the browser's.
    if (navigation !== NavigationType.Pop) window.scrollTo(0, 0);
  }, [pathname, navigation]);
  return (
    <div className={classes.layout}>
      <a href="#content" className={classes.skip}>
        {text.app.skip}
      </a>
      <Header />
      <OfflineNotice />
      {isUnreachable && (
        <Alert color="red" radius={0} className={classes.notice} role="alert">
          {text.session.unreachable}
        </Alert>
      )}
      <KeptRefusalNotice className={classes.notice} />
      {learner && !hasEnded && <PaymentBanner />}
      <main id="content" className={classes.main} tabIndex={-1}>
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<Loading className={classes.waiting} />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <Footer />
      {hasEnded && (
        <Suspense>
          <SessionEnded />
        </Suspense>
      )}
    </div>
  );
}

function OfflineNotice(): ReactNode {
  const { text } = useI18n();
  const isOnline = useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
  return (
    <div role="status">
      {!isOnline && (
        <Alert color="yellow" radius={0} className={classes.notice}>
          {text.error.offline}
        </Alert>
      )}
    </div>
  );
}
