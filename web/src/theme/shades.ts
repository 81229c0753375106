import type { MantineColorsTuple } from "@mantine/core";

/** How much white (positive) or black (negative) each of Mantine's ten shades has; the seventh is the colour itself. */
const MIX = [0.93, 0.84, 0.7, 0.55, 0.38, 0.18, 0, -0.14, -0.28, -0.42];

/** Ten shades of a colour such as `#3d4eac`, from light to dark. */
export function shadesOf(color: string): MantineColorsTuple {
  return MIX.map((share) => mix(color, share)) as unknown as MantineColorsTuple;
}

function mix(color: string, share: number): string {
  const target = share > 0 ? 255 : 0;
  const channels = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(color.slice(start, start + 2), 16);
    return Math.round(channel + (target - channel) * Math.abs(share))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${channels.join("")}`;
}
