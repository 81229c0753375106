// What differs from stage to stage, read when the page starts. So one build serves every stage.

export interface Config {
  /** The address of the API. */
  api_url: string;
  /** The OpenID Connect issuer whose ID tokens the API accepts. */
  issuer: string;
  /** This application at the issuer. */
  client_id: string;
  brand: {
    name: string;
    /** As `#rrggbb`; lighter and darker shades are made of it. */
    color: string;
  };
  /** Stripe's publishable key, for payments on the page. Without it learners pay on Stripe's page. */
  stripe_publishable_key?: string | null;
  /** Another Stripe.js than Stripe's own: that of the Stripe stand-in. */
  stripe_js_url?: string | null;
  /** Where people ask about plans that have no price: an address with `https:` or `mailto:`. */
  contact_url?: string | null;
  /** The meter that practice in a lesson uses, a unit for each minute. Without it lessons have no practice. */
  practice_meter?: string | null;
  /** Only where nothing is paid with real money: what to pay with. */
  test_payments?: TestPayments | null;
}

export interface TestPayments {
  /** The dashboard of the Stripe stand-in. */
  dashboard_url: string | null;
  cards: { number: string; behavior: string }[];
  /** What a bank debit does. */
  bank_debit: string;
}

/** Reads `/config.json`, or throws. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-cache" });
  if (!response.ok) throw new Error(`/config.json answers ${response.status}`);
  const config: unknown = await response.json();
  if (!isConfig(config)) throw new Error("/config.json lacks api_url, issuer, client_id or brand");
  return config;
}

function isConfig(value: unknown): value is Config {
  if (!isObject(value) || !isObject(value.brand)) return false;
  const texts = [value.api_url, value.issuer, value.client_id, value.brand.name, value.brand.color];
  return texts.every((text) => typeof text === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
