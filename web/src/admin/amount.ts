/** Digits after the decimal point of a currency: 2 for `usd`, 0 for `jpy`. */
function digitsOf(currency: string): number {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** Money that somebody typed, in minor units; `undefined` when it is none. Decimals follow a point or a comma. */
export function parseAmount(text: string, currency: string): number | undefined {
  const digits = digitsOf(currency);
  const [, whole, , decimals = ""] = /^(\d{1,12})([.,](\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || decimals.length > digits) return undefined;
  return Number(whole + decimals.padEnd(digits, "0"));
}

/** Minor units as they are typed: `1999` of `usd` is `19.99`. */
export function amountText(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  const padded = String(amount).padStart(digits + 1, "0");
  return digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}
