import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, NavLink } from "react-router";

import { useSession } from "../auth/SessionProvider.tsx";
import { useConfig } from "../configContext.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Header.module.css";
import { SignedIn } from "./SignedIn.tsx";

export function Header(): ReactNode {
  const { text } = useI18n();
  const { brand } = useConfig();
  const { learner, signIn } = useSession();
  return (
    <header className={classes.header}>
      <div className={classes.bar}>
        <Link to="/" className={classes.brand}>
          <img src="/icon.svg" alt="" width={28} height={28} />
          <span>{brand.name}</span>
        </Link>
        <nav aria-label={text.app.navigation} className={classes.navigation}>
          <NavLink to="/" end className={classes.link}>
            {text.app.courses}
          </NavLink>
          <NavLink to="/pricing" className={classes.link}>
            {text.app.plans}
          </NavLink>
          {learner && (
            <NavLink to="/account" className={classes.link}>
              {text.app.account}
            </NavLink>
          )}
          {learner?.isOperator === true && (
            <NavLink to="/admin/refund-requests" className={classes.link}>
              {text.app.requests}
            </NavLink>
          )}
        </nav>
        {learner ? (
          <SignedIn email={learner.email} />
        ) : (
          <Button variant="default" onClick={() => void signIn()}>
            {text.app.signIn}
          </Button>
        )}
      </div>
    </header>
  );
}
