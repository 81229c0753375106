import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";

export default function NotFoundPage(): ReactNode {
  const { text } = useI18n();
  return (
    <Page title={text.error.notFoundTitle} lead={text.error.notFound} narrow>
      <Button component={Link} to="/" mt="lg">
        {text.error.toCourses}
      </Button>
    </Page>
  );
}
