import { Button, Skeleton, Stack } from "@mantine/core";
import { useReferralCode } from "@tuition/react";
import { useEffect, type ReactNode } from "react";
import { Link, useParams } from "react-router";

import { useConfig } from "../configContext.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { Page } from "../layout/Page.tsx";
import { rememberCode } from "./rememberedCode.ts";

/** Where a learner's link leads to: it remembers the code for the first purchase. */
export default function ReferralLandingPage(): ReactNode {
  const { code = "" } = useParams();
  const { text } = useI18n();
  const { brand } = useConfig();
  const { data, error, refetch } = useReferralCode(code);
  const isValid = data?.valid === true;
  useEffect(() => {
    // One that is none would keep the next link from counting.
    if (isValid) rememberCode(code);
  }, [isValid, code]);
  const toCourses = (
    <Button component={Link} to="/">
      {text.referrals.toCourses}
    </Button>
  );
  if (error) {
    return (
      <Page title={text.referrals.invitedTitle(brand.name)} narrow>
        <Stack mt="lg" align="start">
          <ErrorNotice error={error} onRetry={() => void refetch()} />
          {toCourses}
        </Stack>
      </Page>
    );
  }
  if (!data) {
    return (
      <Page
        title={undefined}
        placeholder={<Skeleton height={40} width="70%" component="span" display="block" />}
        narrow
      >
        <Loading>
          <Skeleton mt="lg" height={120} />
        </Loading>
      </Page>
    );
  }
  const [title, lead] = isValid
    ? [text.referrals.invitedTitle(brand.name), text.referrals.invited]
    : [text.referrals.unknownTitle, text.referrals.unknown];
  return (
    <Page title={title} lead={lead} narrow>
      <Stack mt="lg" align="start">
        {isValid && <p>{text.referrals.remembered}</p>}
        {toCourses}
      </Stack>
    </Page>
  );
}
