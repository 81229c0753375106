import type { CatalogResponse } from "@tuition/client";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";

const KEY = "tuition.currency";

/** Where people pay in euros. */
const EURO = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split(" ");

interface Choice {
  chosen: string | undefined;
  choose: (currency: string) => void;
}

const Context = createContext<Choice | undefined>(undefined);

/** Remembers the currency that prices are shown in. */
export function CurrencyProvider({ children }: { children: ReactNode }): ReactNode {
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEY) ?? undefined);
  const choice = useMemo(
    () => ({
      chosen,
      choose: (currency: string) => {
        localStorage.setItem(KEY, currency);
        setChosen(currency);
      },
    }),
    [chosen],
  );
  return <Context value={choice}>{children}</Context>;
}

export interface Currency {
  currency: string;
  /** All that the catalog has prices in. */
  currencies: string[];
  choose: (currency: string) => void;
}

/** The currency to show prices in: the one that was chosen, or that of the reader's region, if the catalog has it. */
export function useCurrency(catalog: CatalogResponse): Currency {
  const choice = useContext(Context);
  if (choice === undefined) throw new Error("There is no <CurrencyProvider> above this component.");
  const { chosen, choose } = choice;
  const priced = [...catalog.products, ...catalog.plans].flatMap(({ prices }): { currency: string }[] => prices);
  const currencies = [...new Set(priced.map(({ currency }) => currency))];
  const wanted = [chosen, isInEuroRegion() ? "eur" : "usd"];
  const currency = wanted.find((code) => code !== undefined && currencies.includes(code)) ?? currencies[0] ?? "usd";
  return { currency, currencies, choose };
}

function isInEuroRegion(): boolean {
  const { region } = new Intl.Locale(navigator.language).maximize();
  return region !== undefined && EURO.includes(region);
}
