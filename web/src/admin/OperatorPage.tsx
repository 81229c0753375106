import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page, type PageProps } from "../layout/Page.tsx";
import { ADMIN_TEXTS } from "./texts.ts";

/** A page for operators. Whether somebody is one, the API decides. */
export function OperatorPage({ children, ...page }: PageProps): ReactNode {
  const { text, language } = useI18n();
  const { learner, signIn } = useSession();
  if (learner) return <Page {...page}>{children}</Page>;
  return (
    <Page title={page.title} lead={ADMIN_TEXTS[language].signIn} narrow>
      <Button mt="lg" onClick={() => void signIn()}>
        {text.app.signIn}
      </Button>
    </Page>
  );
}
