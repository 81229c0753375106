import type { Messages } from "./en.ts";

/** The languages that there are texts in. */
export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español" };

export type Language = keyof typeof LANGUAGES;

const KEY = "tuition.language";

/** The language that was chosen here before, or the first of the browser's that there are texts in. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages];
  const languages = wanted.map((tag) => tag?.split("-")[0]);
  return languages.find((language): language is Language => language !== undefined && language in LANGUAGES) ?? "en";
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
}

/** The locale for numbers and dates: the browser's own variety of the language, such as `de-CH`. */
export function localeOf(language: Language): string {
  return navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
}

/** Fetches the texts, so that nobody loads languages that are not shown. */
export async function loadMessages(language: Language): Promise<Messages> {
  switch (language) {
    case "de":
      return (await import("./de.ts")).de;
    case "es":
      return (await import("./es.ts")).es;
    case "en":
      return (await import("./en.ts")).en;
  }
}
