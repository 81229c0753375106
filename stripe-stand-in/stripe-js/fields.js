// What the payer enters for each payment method: the fields, what is wrong with a value, and what becomes of it.

/** Digits in groups of four. */
function groups(value) {
  return (digits(value).match(/.{1,4}/g) ?? []).join(" ");
}

function digits(value) {
  return value.replace(/\D/g, "");
}

function expiryOf(value) {
  const [, month, year] = /^(\d\d)(\d\d|20\d\d)$/.exec(digits(value)) ?? [];
  if (month === undefined || month < "01" || month > "12") return undefined;
  return { month: Number(month), year: year.length === 2 ? 2000 + Number(year) : Number(year) };
}

/** The check digit of a card number (https://en.wikipedia.org/wiki/Luhn_algorithm). */
function passesLuhn(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function iban(value) {
  return value.replace(/[^a-z0-9]/gi, "").toUpperCase();
}

/** The check digits of an IBAN (https://en.wikipedia.org/wiki/International_Bank_Account_Number#Validating_the_IBAN). */
function passesMod97(account) {
  const turned = account.slice(4) + account.slice(0, 4);
  const number = turned.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return BigInt(number) % 97n === 1n;
}

function atLeast(length, code) {
  return (value) => (value.trim().length < length ? code : undefined);
}

const NAME = { id: "name", autocomplete: "name", problem: atLeast(2, "incomplete_name") };

/** `problem` is Stripe's code for what is wrong with a value. `format` writes it while it is entered. */
export const FIELDS = {
  card: [
    {
      id: "number",
      autocomplete: "cc-number",
      inputmode: "numeric",
      placeholder: () => "1234 1234 1234 1234",
      format: groups,
      problem(value) {
        const number = digits(value);
        if (number.length < 14) return "incomplete_number";
        return passesLuhn(number) ? undefined : "invalid_number";
      },
    },
    {
      id: "expiry",
      autocomplete: "cc-exp",
      inputmode: "numeric",
      placeholder: (text) => text.expiryPlaceholder,
      isHalf: true,
      format(value) {
        const all = digits(value);
        return all.length < 3 ? all : `${all.slice(0, 2)} / ${all.slice(2, 6)}`;
      },
      problem(value) {
        const expiry = expiryOf(value);
        if (expiry === undefined) return "incomplete_expiry";
        const now = new Date();
        const isPast = expiry.year * 12 + expiry.month < now.getFullYear() * 12 + now.getMonth() + 1;
        return isPast ? "invalid_expiry_year_past" : undefined;
      },
    },
    {
      id: "cvc",
      autocomplete: "cc-csc",
      inputmode: "numeric",
      placeholder: () => "CVC",
      isHalf: true,
      format: (value) => digits(value).slice(0, 4),
      problem: atLeast(3, "incomplete_cvc"),
    },
  ],
  sepa_debit: [
    {
      id: "iban",
      autocomplete: "off",
      placeholder: () => "DE00 0000 0000 0000 0000 00",
      problem(value) {
        const account = iban(value);
        if (!/^[A-Z]{2}\d\d[A-Z0-9]{11,30}$/.test(account)) return "incomplete_iban";
        return passesMod97(account) ? undefined : "invalid_iban";
      },
    },
    NAME,
    {
      id: "email",
      type: "email",
      autocomplete: "email",
      problem: (value) => (/^\S+@\S+$/.test(value.trim()) ? undefined : "incomplete_email"),
    },
  ],
  us_bank_account: [
    NAME,
    {
      id: "routing_number",
      autocomplete: "off",
      inputmode: "numeric",
      placeholder: () => "110000000",
      isHalf: true,
      problem: (value) => (digits(value).length === 9 ? undefined : "incomplete_routing_number"),
    },
    {
      id: "account_number",
      autocomplete: "off",
      inputmode: "numeric",
      placeholder: () => "000123456789",
      isHalf: true,
      problem: atLeast(4, "incomplete_account_number"),
    },
  ],
  bacs_debit: [
    NAME,
    {
      id: "sort_code",
      autocomplete: "off",
      inputmode: "numeric",
      placeholder: () => "10-88-00",
      isHalf: true,
      problem: (value) => (digits(value).length === 6 ? undefined : "incomplete_sort_code"),
    },
    {
      id: "account_number",
      autocomplete: "off",
      inputmode: "numeric",
      placeholder: () => "00012345",
      isHalf: true,
      problem: atLeast(8, "incomplete_account_number"),
    },
  ],
};

/** The parameters of a payment method (https://docs.stripe.com/api/payment_methods/create). */
export function methodData(type, values) {
  const { name, email } = values;
  const billing = { ...(name && { name }), ...(email && { email }) };
  return { type, [type]: details(type, values), billing_details: billing };
}

function details(type, values) {
  switch (type) {
    case "card": {
      const { month, year } = expiryOf(values.expiry);
      return { number: digits(values.number), exp_month: month, exp_year: year, cvc: values.cvc };
    }
    case "sepa_debit":
      return { iban: iban(values.iban) };
    case "us_bank_account": {
      const { account_number, routing_number } = values;
      return { account_holder_type: "individual", account_number, routing_number };
    }
    default:
      return { account_number: values.account_number, sort_code: digits(values.sort_code) };
  }
}
