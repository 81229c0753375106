// Money, dates and lists as the reader's locale writes them.

export interface Format {
  /** Money from integer minor units, such as cents: never through a float. */
  money: (amount: number, currency: string) => string;
  date: (time: string) => string;
  /** With the hour, for what happens on the same day. */
  dateTime: (time: string) => string;
  number: (value: number) => string;
  /** `17` is 17 percent. */
  percent: (value: number) => string;
  list: (items: string[]) => string;
}

export function formatFor(locale: string): Format {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent" });
  const list = new Intl.ListFormat(locale);
  return {
    money: (amount, currency) => formatMoney(locale, amount, currency),
    date: (time) => date.format(new Date(time)),
    dateTime: (time) => dateTime.format(new Date(time)),
    number: (value) => number.format(value),
    percent: (value) => percent.format(value / 100),
    list: (items) => list.format(items),
  };
}

function formatMoney(locale: string, amount: number, currency: string): string {
  const digits = new Intl.NumberFormat(locale, { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  // Round prices are shown without their zeros.
  const fractionDigits = digits !== undefined && amount % 10 ** digits === 0 ? 0 : digits;
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
  return format.format(decimal(amount, digits ?? 0) as Intl.StringNumericLiteral);
}

/** `1999` with two digits is `19.99`. */
function decimal(amount: number, digits: number): string {
  const sign = amount < 0 ? "-" : "";
  const padded = String(Math.abs(amount)).padStart(digits + 1, "0");
  const point = padded.length - digits;
  return digits === 0 ? sign + padded : `${sign}${padded.slice(0, point)}.${padded.slice(point)}`;
}
