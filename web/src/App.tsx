import { MantineProvider, type MantineTheme } from "@mantine/core";
import type { User, UserManager } from "oidc-client-ts";
import type { ReactNode } from "react";
import { BrowserRouter } from "react-router";

import { ApiProvider } from "./ApiProvider.tsx";
import { SessionProvider } from "./auth/SessionProvider.tsx";
import type { Config } from "./config.ts";
import { CurrencyProvider } from "./catalog/currency.tsx";
import { RefusalContext, type Refusal } from "./checkout/refusal.ts";
import { ConfigContext } from "./configContext.tsx";
import { ErrorBoundary } from "./errors/ErrorBoundary.tsx";
import { I18nProvider, type I18nProviderProps } from "./i18n/I18nProvider.tsx";
import { AppRoutes } from "./AppRoutes.tsx";

export interface AppProps {
  config: Config;
  theme: MantineTheme;
  manager: UserManager;
  user: User | null;
  language: I18nProviderProps["initial"];
  /** When a checkout was refused right after the sign-in. */
  refusal?: Refusal | undefined;
}

export function App({ config, theme, manager, user, language, refusal }: AppProps): ReactNode {
  return (
    <ConfigContext value={config}>
      {/* The two kinds of styles that it would write into the page: cssVariables.ts says why not. */}
      <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <I18nProvider initial={language}>
          <ErrorBoundary>
            <BrowserRouter>
              <SessionProvider manager={manager} initial={user}>
                <CurrencyProvider>
                  <ApiProvider>
                    <RefusalContext value={refusal}>
                      <AppRoutes />
                    </RefusalContext>
                  </ApiProvider>
                </CurrencyProvider>
              </SessionProvider>
            </BrowserRouter>
          </ErrorBoundary>
        </I18nProvider>
      </MantineProvider>
    </ConfigContext>
  );
}
