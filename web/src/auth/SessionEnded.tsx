import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { Dialog } from "../layout/Dialog.tsx";
import { useSession } from "./SessionProvider.tsx";

/** Over the page as it is: the session has ended in the middle, and can be begun anew from here. */
export default function SessionEnded(): ReactNode {
  const { text } = useI18n();
  const { signIn, forget, isUnreachable } = useSession();
  return (
    <Dialog title={text.session.endedTitle} onClose={forget} isDemanding>
      <p>{text.session.ended}</p>
      {isUnreachable && <p role="alert">{text.session.unreachable}</p>}
      <Group>
        <Button data-autofocus onClick={() => void signIn()}>
          {text.app.signIn}
        </Button>
        <Button variant="subtle" onClick={forget}>
          {text.session.stay}
        </Button>
      </Group>
    </Dialog>
  );
}
