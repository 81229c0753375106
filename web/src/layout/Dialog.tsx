import { Modal } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";

import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Dialog.module.css";

export interface DialogProps {
  title: string;
  onClose: () => void;
  /** What is shown has to be answered: a click beside it does not close it. */
  isDemanding?: boolean;
  children: ReactNode;
}

/** A dialog over the page. Mantine's own header is a `<header>`, which screen readers would take for a second one of the page. */
export function Dialog({ title, onClose, isDemanding = false, children }: DialogProps): ReactNode {
  const { text } = useI18n();
  // Mantine returns the focus only when a dialog that is there already is opened and closed.
  const [opener] = useState(() => document.activeElement);
  useEffect(() => () => (opener instanceof HTMLElement ? opener.focus() : undefined), [opener]);
  // To lock the scrolling it would write a style sheet into the page, which the policy forbids; app.css does it.
  return (
    <Modal.Root opened onClose={onClose} closeOnClickOutside={!isDemanding} centered lockScroll={false}>
      <Modal.Overlay />
      <Modal.Content>
        <div className={classes.header}>
          <Modal.Title className={classes.title}>{title}</Modal.Title>
          {!isDemanding && <Modal.CloseButton aria-label={text.app.close} />}
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
