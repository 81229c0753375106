import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";

import type { TestPayments } from "../config.ts";
import { useConfig } from "../configContext.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { LANGUAGES, type Language } from "../i18n/language.ts";
import classes from "./Footer.module.css";

export function Footer(): ReactNode {
  const { text, language, choose } = useI18n();
  const { brand, test_payments } = useConfig();
  return (
    <footer className={classes.footer}>
      <div className={classes.content}>
        {test_payments && <TestCards payments={test_payments} />}
        <div className={classes.line}>
          <span>{brand.name}</span>
          <label className={classes.language}>
            {text.app.language}{" "}
            <select value={language} onChange={({ target }) => void choose(target.value as Language)}>
              {Object.entries(LANGUAGES).map(([code, name]) => (
                <option key={code} value={code} lang={code}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
    </footer>
  );
}

function TestCards({ payments }: { payments: TestPayments }): ReactNode {
  const { text } = useI18n();
  return (
    <section aria-label={text.test.title} className={classes.test}>
      <details>
        <summary>{text.test.title}</summary>
        <p>{text.test.cards}</p>
        {/* The stack's own words: they are English, as its start screen is. */}
        <dl lang="en" className={classes.cards}>
          {payments.cards.map(({ number, behavior }) => (
            <div key={number}>
              <dt>
                <code>{number}</code>
              </dt>
              <dd>{behavior}</dd>
            </div>
          ))}
          <div>
            <dt>bank debit</dt>
            <dd>{payments.bank_debit}</dd>
          </div>
        </dl>
      </details>
      {payments.dashboard_url !== null && <Anchor href={payments.dashboard_url}>{text.test.dashboard}</Anchor>}
    </section>
  );
}
