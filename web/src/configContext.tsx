import { createContext, useContext } from "react";

import type { Config } from "./config.ts";

export const ConfigContext = createContext<Config | undefined>(undefined);

/** What `/config.json` says. */
export function useConfig(): Config {
  const config = useContext(ConfigContext);
  if (config === undefined) throw new Error("There is no <ConfigContext> above this component.");
  return config;
}
