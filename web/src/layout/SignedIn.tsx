import { Button } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { useSession } from "../auth/SessionProvider.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Header.module.css";

export interface SignedInProps {
  email: string;
}

/** Who is signed in, and the way out. */
export function SignedIn({ email }: SignedInProps): ReactNode {
  const { text } = useI18n();
  const { signOut } = useSession();
  return (
    <div className={classes.learner}>
      <span className={classes.email} title={email}>
        {email}
      </span>
      <Button
        variant="default"
        leftSection={<IconLogout size={18} aria-hidden />}
        onClick={() => void signOut()}
        className={classes.signOut}
      >
        {text.app.signOut}
      </Button>
    </div>
  );
}
