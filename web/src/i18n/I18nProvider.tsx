import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";

import type { Messages } from "./en.ts";
import { formatFor, type Format } from "./format.ts";
import { loadMessages, localeOf, rememberLanguage, type Language } from "./language.ts";

export interface I18n {
  language: Language;
  text: Messages;
  format: Format;
  /** Shows everything in another language, and remembers it. */
  choose: (language: Language) => Promise<void>;
}

const Context = createContext<I18n | undefined>(undefined);

export interface I18nProviderProps {
  initial: { language: Language; text: Messages };
  children: ReactNode;
}

export function I18nProvider({ initial, children }: I18nProviderProps): ReactNode {
  const [current, setCurrent] = useState(initial);
  const { language, text } = current;
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const i18n = useMemo(
    () => ({
      language,
      text,
      format: formatFor(localeOf(language)),
      choose: async (chosen: Language) => {
        rememberLanguage(chosen);
        setCurrent({ language: chosen, text: await loadMessages(chosen) });
      },
    }),
    [language, text],
  );
  return <Context value={i18n}>{children}</Context>;
}

/** The texts and formats of the language that is shown. */
export function useI18n(): I18n {
  const i18n = useContext(Context);
  if (i18n === undefined) throw new Error("There is no <I18nProvider> above this component.");
  return i18n;
}

/** The same for a class component. */
export function I18nConsumer({ children }: { children: (i18n: I18n) => ReactNode }): ReactNode {
  return children(useI18n());
}
