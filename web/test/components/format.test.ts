// Shows that money is written as the reader's locale does, from integers.

import { expect, test } from "vitest";

import { formatFor } from "../../src/i18n/format.ts";

/** Of a no-break space one sees nothing in a test. */
const plain = (text: string) => text.replaceAll(/\s/g, " ");

test.each([
  ["en-US", 4900, "usd", "$49"],
  ["en-US", 4950, "usd", "$49.50"],
  ["en-US", 5, "usd", "$0.05"],
  ["en-US", -1999, "usd", "-$19.99"],
  ["de-DE", 199_900, "eur", "1.999 €"],
  ["de-CH", 1234, "chf", "CHF 12.34"],
  ["ja-JP", 1500, "jpy", "￥1,500"],
  // Through a float the last digit would be another one.
  ["en-US", 9_007_199_254_740_991, "usd", "$90,071,992,547,409.91"],
])("in %s, %i of %s is %s", (locale, amount, currency, expected) => {
  expect(plain(formatFor(locale).money(amount, currency))).toBe(expected);
});
