// Calls the API and the identity provider. The page contains both addresses.

const { api, identity } = document.documentElement.dataset;

/** A response that is not 2xx. `code` is the API's error code, if there is one. */
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
  const json = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, json);
  return json;
}

/** The signed-in user, `{email, token}`, or null. Kept until the tab is closed, also during the visit to the payment page. */
export const signedInUser = {
  get: () => JSON.parse(sessionStorage.getItem("user") ?? "null"),
  set: (value) => sessionStorage.setItem("user", JSON.stringify(value)),
  clear: () => sessionStorage.removeItem("user"),
};

export async function signIn(email) {
  const { id_token } = await call(`${identity}/token`, { method: "POST", body: { email } });
  signedInUser.set({ email, token: id_token });
}

const callAsUser = (path, options = {}) => call(`${api}${path}`, { ...options, token: signedInUser.get()?.token });

export const catalog = () => call(`${api}/catalog`);

/** All courses with the user's access, from all pages. */
export async function courses() {
  const courses = [];
  let cursor = null;
  do {
    const page = await callAsUser(`/courses${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`);
    courses.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return courses;
}

export const checkoutSession = (id) => callAsUser(`/checkout/sessions/${encodeURIComponent(id)}`);

/** Creates a checkout. Its payment page returns here, with the product's id in the query. */
export const startCheckout = (price_id, product) =>
  callAsUser("/checkout/sessions", {
    method: "POST",
    body: {
      price_id,
      success_url: `${location.origin}/?session_id={CHECKOUT_SESSION_ID}&product=${encodeURIComponent(product)}`,
      cancel_url: `${location.origin}/`,
    },
  });
