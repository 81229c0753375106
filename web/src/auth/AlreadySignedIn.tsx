import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";

/** For whoever is signed in, and opens a page that a sign-in or a sign-out leads back to. */
export function AlreadySignedIn({ email }: { email: string }): ReactNode {
  const { text } = useI18n();
  return (
    <Page title={text.session.signedInTitle} lead={text.session.signedIn(email)} narrow>
      <Group mt="lg">
        <Button component={Link} to="/">
          {text.error.toCourses}
        </Button>
      </Group>
    </Page>
  );
}
