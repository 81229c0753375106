import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";

/** Where the payment page leads back to unpaid. */
export default function CancelPage(): ReactNode {
  const { text } = useI18n();
  const [parameters] = useSearchParams();
  const from = parameters.get("from") ?? "/";
  // A path of this application: an address of another site would be a way to send learners there.
  const back = /^\/(?!\/)/.test(from) ? from : "/";
  return (
    <Page title={text.checkout.cancelTitle} lead={text.checkout.canceled} narrow>
      <Group mt="lg">
        <Button component={Link} to={back}>
          {text.checkout.back}
        </Button>
      </Group>
    </Page>
  );
}
