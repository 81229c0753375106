// Money, dates and lists as the reader's locale writes them.

export interface Format {
  /** Money from integer minor units, such as cents: never through a float. */
  money: (amount: number, currency: string) => string;
  date: (time: string) => string;
  /** A day without a time, such as `2026-11-20`, which is the same everywhere. */
  day: (day: string) => string;
  /** With the hour, for what happens on the same day. */
  dateTime: (time: string) => string;
  number: (value: number) => string;
  /** `17` is 17 percent. */
  percent: (value: number) => string;
  /** How long it is until then, from milliseconds: `in 3 days`. */
  timeLeft: (milliseconds: number) => string;
  list: (items: string[]) => string;
}

export function formatFor(locale: string): Format {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent" });
  const list = new Intl.ListFormat(locale);
  return {
    money: (amount, currency) => formatMoney(locale, amount, currency),
    day: (value) => day.format(new Date(value)),
    date: (time) => date.format(new Date(time)),
    dateTime: (time) => dateTime.format(new Date(time)),
    number: (value) => number.format(value),
    percent: (value) => percent.format(value / 100),
    timeLeft: (milliseconds) => formatTimeLeft(locale, milliseconds),
    list: (items) => list.format(items),
  };
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

function formatTimeLeft(locale: string, milliseconds: number): string {
  const format = new Intl.RelativeTimeFormat(locale);
  const [unit, length] = UNITS.find(([, length]) => milliseconds >= length) ?? ["second", 1_000];
  return format.format(Math.ceil(milliseconds / length), unit);
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
