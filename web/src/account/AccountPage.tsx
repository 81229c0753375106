import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { useCatalog, useSubscription } from "@tuition/react";
import type { ReactNode } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { Page } from "../layout/Page.tsx";
import { Payments } from "../payments/Payments.tsx";
import { ReferralCard } from "../referrals/ReferralCard.tsx";
import classes from "./Account.module.css";
import { Invoices } from "./Invoices.tsx";
import { SubscriptionCard } from "./SubscriptionCard.tsx";
import { Usage } from "./Usage.tsx";

/** The learner's subscription, what was used of it, and the invoices. */
export default function AccountPage(): ReactNode {
  const { text } = useI18n();
  const { learner, signIn, signOut } = useSession();
  if (learner === undefined) {
    return (
      <Page title={text.account.title} lead={text.account.signIn} narrow>
        <Button mt="lg" onClick={() => void signIn()}>
          {text.app.signIn}
        </Button>
      </Page>
    );
  }
  return (
    <Page title={text.account.title} lead={learner.email} narrow>
      <Stack gap="xl" mt="xl">
        <section aria-labelledby="subscription" className={classes.section}>
          <h2 id="subscription">{text.subscription.title}</h2>
          <Subscription />
        </section>
        <Usage />
        <ReferralCard />
        <Payments />
        <Invoices />
        <Group>
          <Button variant="default" leftSection={<IconLogout size={18} aria-hidden />} onClick={() => void signOut()}>
            {text.app.signOut}
          </Button>
        </Group>
      </Stack>
    </Page>
  );
}

function Subscription(): ReactNode {
  const catalog = useCatalog();
  const subscription = useSubscription();
  const error = catalog.error ?? subscription.error;
  if (catalog.data && subscription.data) {
    return <SubscriptionCard catalog={catalog.data} subscription={subscription.data} />;
  }
  if (error === null) {
    return (
      <Loading>
        <Skeleton height={180} radius="md" />
      </Loading>
    );
  }
  const retry = () => {
    if (catalog.error) void catalog.refetch();
    if (subscription.error) void subscription.refetch();
  };
  return <ErrorNotice error={error} onRetry={retry} />;
}
