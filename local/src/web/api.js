// Talks to the API and to the identity provider. Both addresses come with the page.

const { api, identity } = document.documentElement.dataset;

/** An answer that is not 2xx. `code` is the API's stable error code, if it gave one. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? problem.error_description ?? problem.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code;
  }
}

async function call(url, { method = "GET", body, token } = {}) {
  const headers = {};
  if (body) headers["content-type"] = "application/json";
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

/** The person of this tab: `{email, token}`, or null. Survives the trip to the payment page, ends with the tab. */
export const person = {
  get: () => JSON.parse(sessionStorage.getItem("person") ?? "null"),
  set: (value) => sessionStorage.setItem("person", JSON.stringify(value)),
  forget: () => sessionStorage.removeItem("person"),
};

export async function signIn(email) {
  const { id_token } = await call(`${identity}/token`, { method: "POST", body: { email } });
  person.set({ email, token: id_token });
}

const mine = (path, options = {}) => call(`${api}${path}`, { ...options, token: person.get()?.token });

export const catalog = () => call(`${api}/catalog`);

/** Every course of the caller with its access answer, page by page. */
export async function courses() {
  const all = [];
  let cursor = null;
  do {
    const page = await mine(`/courses${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`);
    all.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return all;
}

export const checkoutSession = (id) => mine(`/checkout/sessions/${encodeURIComponent(id)}`);

/** Opens a hosted payment page that returns to this one, with the product that was meant. */
export const startCheckout = (price_id, product) =>
  mine("/checkout/sessions", {
    method: "POST",
    body: {
      price_id,
      success_url: `${location.origin}/?session_id={CHECKOUT_SESSION_ID}&product=${encodeURIComponent(product)}`,
      cancel_url: `${location.origin}/`,
    },
  });
