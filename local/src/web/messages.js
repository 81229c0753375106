// Words for people: money, dates, and the reasons of the access answer.

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
  purchased: (it) => ["open", `Open: bought on ${date(it.since)}.`],
  granted: (it) => ["open", `Open: given to you on ${date(it.since)}.`],
  not_purchased: () => ["", "Not bought yet."],
  grant_expired: (it) => ["shut", `Closed: your access ended on ${date(it.ended)}.`],
  payment_pending: () => ["wait", "Payment on its way: the course opens when it arrives."],
  payment_failed: () => ["shut", "Closed: the payment failed."],
  refunded: () => ["shut", "Closed: the money went back to you."],
  disputed: () => ["shut", "Closed: your bank disputes the payment."],
};

/** `[mood, sentence, source]` of an access answer; a reason that this page does not know is shown as it is. */
export function accessWords({ has_access, because, until }) {
  const known = reasons[because.reason];
  const [mood, sentence] = known ? known(because) : [has_access ? "open" : "shut", because.reason];
  return [mood, until ? `${sentence} Until ${date(until)}.` : sentence, because.source];
}

const problems = {
  already_owned: "You own this already.",
  payment_pending: "A payment for this is already on its way.",
  rate_limited: "That was a little fast. Please wait a moment and try again.",
};

export const problemWords = (error) => problems[error.code] ?? error.message;
