import { useComputedColorScheme, useMantineTheme } from "@mantine/core";
import type { Appearance } from "@stripe/stripe-js";
import { useMemo } from "react";

/** The shop's colours for Stripe's fields, in light and in dark. Their page knows none of the shop's variables. */
export function useAppearance(): Appearance {
  const { colors, fontFamily, white } = useMantineTheme();
  const isDark = useComputedColorScheme("light", { getInitialValueInEffect: false }) === "dark";
  return useMemo(() => {
    const { brand, dark, gray, red } = colors;
    const shared = { fontFamily, borderRadius: "8px" };
    return isDark
      ? {
          theme: "night",
          variables: {
            ...shared,
            colorPrimary: brand?.[3] ?? white,
            colorBackground: dark[7],
            colorText: dark[0],
            colorTextSecondary: dark[1],
            colorDanger: red[4],
          },
        }
      : {
          theme: "stripe",
          variables: {
            ...shared,
            colorPrimary: brand?.[6] ?? gray[9],
            colorBackground: white,
            colorText: gray[9],
            colorTextSecondary: gray[7],
            colorDanger: "#a51d1d",
          },
        };
  }, [colors, fontFamily, white, isDark]);
}
