import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";

import { I18nConsumer } from "../i18n/I18nProvider.tsx";
import { ErrorNotice } from "./ErrorNotice.tsx";
import classes from "./ErrorBoundary.module.css";

interface Props {
  children: ReactNode;
}

interface State {
  error: unknown;
}

/** Shows what went wrong instead of an empty page. React needs a class for it. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error ?? new Error("nothing was thrown") };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div className={classes.boundary}>
        <ErrorNotice error={error} />
        {/* A part of the application may not exist any more since a new one was deployed. */}
        <I18nConsumer>
          {({ text }) => <Button onClick={() => window.location.reload()}>{text.error.reload}</Button>}
        </I18nConsumer>
      </div>
    );
  }
}
