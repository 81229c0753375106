import { Anchor, Button, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useSession } from "../auth/SessionProvider.tsx";
import courseClasses from "../course/Course.module.css";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { ReferralCard } from "./ReferralCard.tsx";
import { ReferralHistory } from "./ReferralHistory.tsx";

/** The learner's link, the credit, and every referral. */
export default function ReferralsPage(): ReactNode {
  const { text } = useI18n();
  const { learner, signIn } = useSession();
  if (learner === undefined) {
    return (
      <Page title={text.referrals.pageTitle} lead={text.referrals.signIn} narrow>
        <Button mt="lg" onClick={() => void signIn()}>
          {text.app.signIn}
        </Button>
      </Page>
    );
  }
  return (
    <Page
      title={text.referrals.pageTitle}
      narrow
      before={
        <p className={courseClasses.path}>
          <Anchor component={Link} to="/account">
            {text.account.title}
          </Anchor>
        </p>
      }
    >
      <Stack gap="xl" mt="xl">
        <ReferralCard hasLink={false} />
        <ReferralHistory />
      </Stack>
    </Page>
  );
}
