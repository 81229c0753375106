import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { AlreadySignedIn } from "./AlreadySignedIn.tsx";
import { useSession } from "./SessionProvider.tsx";

/** Where the identity provider leads back to after the end of a visit. */
export default function SignedOutPage(): ReactNode {
  const { text } = useI18n();
  const { learner } = useSession();
  if (learner) return <AlreadySignedIn email={learner.email} />;
  return (
    <Page title={text.session.signedOutTitle} lead={text.session.signedOut} narrow>
      <Group mt="lg">
        <Button component={Link} to="/">
          {text.error.toCourses}
        </Button>
      </Group>
    </Page>
  );
}
