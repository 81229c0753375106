import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { AlreadySignedIn } from "./AlreadySignedIn.tsx";
import { useSession } from "./SessionProvider.tsx";

/** Where the identity provider leads back to, when the sign-in has failed. Otherwise nobody stays here: see main.tsx. */
export default function SignInFailedPage(): ReactNode {
  const { text } = useI18n();
  const { learner, signIn } = useSession();
  if (learner) return <AlreadySignedIn email={learner.email} />;
  return (
    <Page title={text.session.failedTitle} lead={text.session.failed} narrow>
      <Button mt="lg" onClick={() => void signIn()}>
        {text.session.again}
      </Button>
    </Page>
  );
}
