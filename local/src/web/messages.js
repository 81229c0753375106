// Texts for the page: money, dates, access and errors.

/** Money from integer minor units, never through a float. */
export function money(amount, currency) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits;
  const padded = String(amount).padStart(digits + 1, "0");
  const split = padded.length - digits;
  return format.format(digits ? `${padded.slice(0, split)}.${padded.slice(split)}` : padded);
}

const date = (time) => new Date(time).toLocaleDateString(undefined, { dateStyle: "medium" });

export const categories = { free: "Free", curriculum: "Curriculum", alacarte: "A la carte", track: "Track" };

const reasons = {
  free_course: () => ["open", "Open: this course is free."],
  purchased: ({ since }) => ["open", `Open: bought on ${date(since)}.`],
  granted: ({ since }) => ["open", `Open: given to you on ${date(since)}.`],
  not_purchased: () => ["", "Not bought yet."],
  grant_expired: ({ ended }) => ["shut", `Closed: your access ended on ${date(ended)}.`],
  payment_pending: () => ["wait", "Your payment is being processed. The course opens when it arrives."],
  payment_failed: () => ["shut", "Closed: the payment failed."],
  refunded: () => ["shut", "Closed: your payment was refunded."],
  disputed: () => ["shut", "Closed: your bank disputes the payment."],
};

/** `[style, text, source]` of an access answer; an unknown reason is shown as it is. */
export function accessMessage({ has_access, because, until }) {
  const format = reasons[because.reason];
  const [style, text] = format ? format(because) : [has_access ? "open" : "shut", because.reason];
  return [style, until ? `${text} Until ${date(until)}.` : text, because.source];
}

const errors = {
  already_owned: "You already own this.",
  payment_pending: "A payment for this is already being processed.",
  rate_limited: "Too many requests. Please wait a moment and try again.",
};

export const errorMessage = (error) => errors[error.code] ?? error.message;
