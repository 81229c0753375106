import { createTheme, Skeleton, type MantineTheme, mergeMantineTheme, DEFAULT_THEME } from "@mantine/core";

import { shadesOf } from "./shades.ts";

/** The theme with the colour of the brand. */
export function themeOf(color: string): MantineTheme {
  return mergeMantineTheme(
    DEFAULT_THEME,
    createTheme({
      colors: { brand: shadesOf(color) },
      primaryColor: "brand",
      primaryShade: 6,
      // Black or white on a filled colour, whichever can be read.
      autoContrast: true,
      luminanceThreshold: 0.179,
      respectReducedMotion: true,
      defaultRadius: "md",
      cursorType: "pointer",
      fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
      headings: { fontWeight: "650" },
      components: {
        Skeleton: Skeleton.extend({ defaultProps: { radius: "sm" } }),
      },
    }),
  );
}
