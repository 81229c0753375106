import { Button, Group, Modal } from "@mantine/core";
import type { ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import { useSession } from "./SessionProvider.tsx";

/** Over the page as it is: the session has ended in the middle, and can be begun anew from here. */
export default function SessionEnded(): ReactNode {
  const { text } = useI18n();
  const { signIn, forget } = useSession();
  return (
    <Modal opened onClose={forget} title={text.session.endedTitle} withCloseButton={false} closeOnClickOutside={false}>
      <p>{text.session.ended}</p>
      <Group>
        <Button data-autofocus onClick={() => void signIn()}>
          {text.app.signIn}
        </Button>
        <Button variant="subtle" onClick={forget}>
          {text.session.stay}
        </Button>
      </Group>
    </Modal>
  );
}
