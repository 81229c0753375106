import { convertCssVariables, defaultCssVariablesResolver, type MantineTheme } from "@mantine/core";

/** On a light background Mantine's own colours for these texts are too faint to be read by everybody (WCAG 2.2, 1.4.3). */
const READABLE = {
  "--mantine-color-green-light-color": "#1d642b",
  "--mantine-color-yellow-light-color": "#7a4100",
  "--mantine-color-red-light-color": "#a51d1d",
  "--mantine-color-red-text": "#a51d1d",
  "--mantine-color-error": "#a51d1d",
  "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
};

/** The same on a dark one. */
const READABLE_IN_DARK = {
  "--mantine-color-red-text": "var(--mantine-color-red-4)",
  "--mantine-color-error": "var(--mantine-color-red-4)",
  "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
};

/**
 * Gives the page the variables that Mantine's style sheets are written with.
 *
 * Mantine would write them into a `<style>` of the page, and for that the Content-Security-Policy would have to allow any
 * style. A constructed style sheet needs no permission: it is made by a script that has one.
 */
export function applyCssVariables(theme: MantineTheme): void {
  const { variables, light, dark } = defaultCssVariablesResolver(theme);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    convertCssVariables({
      variables,
      light: { ...light, ...READABLE, "--mantine-color-scheme": "light" },
      dark: { ...dark, ...READABLE_IN_DARK, "--mantine-color-scheme": "dark" },
    }),
  );
  document.adoptedStyleSheets = [sheet];
}
