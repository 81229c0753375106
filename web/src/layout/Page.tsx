import { Title } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";
import { useLocation } from "react-router";

import { useConfig } from "../configContext.tsx";
import classes from "./Page.module.css";

export interface PageProps {
  /** Of the page and of the browser's tab; `undefined` until it is known. */
  title: string | undefined;
  /** The heading while there is no title. */
  placeholder?: ReactNode;
  lead?: ReactNode;
  /** Above the heading. */
  before?: ReactNode;
  children?: ReactNode;
  narrow?: boolean;
}

/** The path whose heading had the focus last. The first page of a visit begins at its top, as every page does. */
let focusedPath = window.location.pathname;

/** A page: it names the browser's tab, and takes the focus when it was navigated to. */
export function Page({ title, placeholder, lead, before, children, narrow = false }: PageProps): ReactNode {
  const { brand } = useConfig();
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  const isTitled = title !== undefined;
  useEffect(() => {
    if (!isTitled || pathname === focusedPath) return;
    focusedPath = pathname;
    heading.current?.focus({ preventScroll: true });
  }, [pathname, isTitled]);
  return (
    <div className={narrow ? classes.narrow : classes.page}>
      <title>{isTitled ? `${title} · ${brand.name}` : brand.name}</title>
      {before}
      <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
        {title ?? placeholder}
      </Title>
      {lead !== undefined && <p className={classes.lead}>{lead}</p>}
      {children}
    </div>
  );
}
