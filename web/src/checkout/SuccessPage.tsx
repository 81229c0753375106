import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import { useSearchParams } from "react-router";

import { useSession } from "../auth/SessionProvider.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Page } from "../layout/Page.tsx";
import { CheckoutResult } from "./CheckoutResult.tsx";

/** Where a payment leads back to. It can be reloaded and visited again: it only asks how the checkout stands. */
export default function SuccessPage(): ReactNode {
  const { text } = useI18n();
  const { learner, signIn } = useSession();
  const [parameters] = useSearchParams();
  const session = parameters.get("session_id");
  if (session === null) return <Page title={text.checkout.title} lead={text.checkout.none} narrow />;
  if (learner) {
    const [product, from] = [parameters.get("product") ?? "", parameters.get("from") ?? ""];
    return <CheckoutResult session={session} product={product} from={from} />;
  }
  return (
    <Page title={text.checkout.title} lead={text.checkout.signIn} narrow>
      <Button mt="lg" onClick={() => void signIn()}>
        {text.app.signIn}
      </Button>
    </Page>
  );
}
