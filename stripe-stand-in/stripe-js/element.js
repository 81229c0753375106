// Inside an iframe of Stripe.js: shows the fields, checks what is entered, and calls the API with it. Card numbers never
// leave the frame but to the API. `stripe.js` sends commands over a channel; a frame without fields makes calls only.

import { FIELDS, methodData } from "./fields.js";
import { messagesOf } from "./messages.js";

/** Colours of Stripe's themes (https://docs.stripe.com/elements/appearance-api). */
const NIGHT = { primary: "#85d996", background: "#30313d", text: "#ffffff", soft: "#c6c9d6", line: "#6c6e79", danger: "#fe87a1" };

/** Stripe's names of variables, and those of `element.css`. */
const VARIABLES = {
  colorPrimary: "primary",
  colorBackground: "background",
  colorText: "text",
  colorTextSecondary: "soft",
  colorDanger: "danger",
  borderRadius: "radius",
  fontFamily: "font",
  fontSizeBase: "size",
};

/** What the page has said. */
let setup = {};
let options = {};
let text = messagesOf().text;
let port;
let method;

window.addEventListener("message", ({ data, ports, source }) => {
  if (source !== parent || data?.type !== "setup" || port !== undefined) return;
  [port] = ports;
  port.onmessage = ({ data: command }) => void answer(command);
  options = data.options ?? {};
  void show(data);
});

async function answer({ id, type, ...content }) {
  const result = await COMMANDS[type](content);
  port.postMessage({ id, result });
}

function report(event, detail = {}) {
  port.postMessage({ event, detail });
}

const COMMANDS = {
  setup: (changed) => show({ ...setup, ...changed }),
  update({ options: changed }) {
    options = changed;
    readOnly();
  },
  focus: () => document.querySelector("input")?.focus(),
  blur: () => document.activeElement?.blur(),
  clear() {
    for (const input of inputs()) input.value = "";
    changed();
  },
  validate() {
    const error = firstProblem();
    return error ? { error } : { selectedPaymentMethod: method };
  },
  call: ({ method: verb, path, params }) => call(verb, path, params),
  confirm({ path, clientSecret, params }) {
    const { payment_method_data: more = {}, ...others } = params;
    return withMethod((data) =>
      call("POST", path, {
        ...others,
        payment_method_data: merged(data, more),
        expected_payment_method_type: method,
        client_secret: clientSecret,
        use_stripe_sdk: true,
      }),
    );
  },
  createPaymentMethod: ({ params }) => withMethod((data) => call("POST", "/v1/payment_methods", merged(data, params))),
  createToken: () => withMethod(({ card }) => call("POST", "/v1/tokens", { card })),
};

/** Does something with the payment method, unless what was entered is wrong. */
async function withMethod(use) {
  const error = firstProblem();
  if (error) return { error };
  const values = Object.fromEntries(inputs().map((input) => [input.name, input.value.trim()]));
  return use(methodData(method, values));
}

/** The payment method's parameters, with the page's own, such as the payer's address. */
function merged(data, { billing_details: billing, ...more }) {
  const defaults = options.defaultValues?.billingDetails;
  return { ...data, ...more, type: data.type, billing_details: { ...defaults, ...billing, ...data.billing_details } };
}

// --- The API ---------------------------------------------------------------------------------------------------------

/** Calls the API as Stripe.js does: the key is a parameter. Returns `{ result }`, or `{ error }` in Stripe's shape. */
async function call(verb, path, params) {
  const body = new URLSearchParams(encode({ ...params, key: setup.key }));
  try {
    const response = await (verb === "GET" ? fetch(`${path}?${body}`) : fetch(path, { method: verb, body }));
    const answer = await response.json();
    return response.ok ? { result: answer } : { error: answer.error };
  } catch {
    return { error: { type: "api_connection_error", message: "We could not reach Stripe. Please try again." } };
  }
}

/** `{ card: { number: 1 } }` as `card[number]=1`. */
function encode(value, name) {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => encode(inner, name === undefined ? key : `${name}[${key}]`));
}

// --- The fields ------------------------------------------------------------------------------------------------------

/** Shows what the page has asked for. */
async function show(next) {
  const isFirst = setup.element === undefined;
  const hasNewIntent = setup.clientSecret !== next.clientSecret;
  setup = next;
  if (setup.element === "controller") return;
  const { language, text: chosen } = messagesOf(setup.locale);
  text = chosen;
  document.documentElement.lang = language;
  applyAppearance(setup.appearance ?? {});
  if (isFirst || hasNewIntent) {
    const { types, error } = await methodTypes();
    if (error) return report("loaderror", { error });
    setup.types = types;
  } else {
    setup.types ??= ["card"];
  }
  render(isFirst ? {} : Object.fromEntries(inputs().map(({ name, value }) => [name, value])));
  if (!isFirst) return;
  // An Element that is ready has its height.
  reportHeight();
  report("ready");
}

/** The payment methods that the intent allows and that there are fields for. */
async function methodTypes() {
  let types = setup.paymentMethodTypes ?? ["card"];
  if (setup.element === "payment" && setup.clientSecret) {
    const [id] = setup.clientSecret.split("_secret_");
    const params = { client_secret: setup.clientSecret };
    const { error, result } = await call("GET", `/v1/payment_intents/${encodeURIComponent(id)}`, params);
    if (error) return { error };
    if (!["requires_payment_method", "requires_confirmation", "requires_action"].includes(result.status)) {
      const message = `The Payment Element cannot pay a PaymentIntent with a status of ${result.status}.`;
      return { error: { type: "invalid_request_error", code: "payment_intent_unexpected_state", message, payment_intent: result } };
    }
    types = result.payment_method_types;
  }
  return { types: types.filter((type) => type in FIELDS) };
}

function render(values) {
  const { types } = setup;
  if (!types.includes(method)) [method] = types;
  const defaults = options.defaultValues?.billingDetails ?? {};
  const form = node("form", { "aria-label": text.form, novalidate: "" });
  form.addEventListener("submit", (event) => event.preventDefault());
  if (types.length > 1) form.append(choice(types));
  const fields = node("div", { class: "fields" });
  for (const field of FIELDS[method]) fields.append(fieldNode(field, values[field.id] ?? defaults[field.id] ?? ""));
  if (method !== "card") fields.append(node("p", { class: "note" }, text.debit));
  form.append(fields);
  document.body.replaceChildren(form);
  readOnly();
}

function choice(types) {
  const radios = types.map((type) => {
    const radio = node("input", { type: "radio", name: "method", value: type });
    radio.checked = type === method;
    radio.addEventListener("change", () => {
      method = type;
      render({});
      document.querySelector("input:checked").focus();
      changed();
    });
    return node("label", {}, radio, text[type]);
  });
  return node("fieldset", {}, node("legend", {}, text.method), node("div", { class: "methods" }, ...radios));
}

function fieldNode(field, value) {
  const { id, type = "text", autocomplete, inputmode, placeholder, isHalf = false } = field;
  const input = node("input", {
    id,
    name: id,
    type,
    autocomplete,
    ...(inputmode && { inputmode }),
    ...(placeholder && { placeholder: placeholder(text) }),
  });
  input.value = value;
  input.addEventListener("input", () => {
    // Whoever changes the middle of a value keeps the place.
    if (field.format && input.selectionEnd === input.value.length) input.value = field.format(input.value);
    setProblem(input, undefined);
    changed();
  });
  input.addEventListener("focus", () => report("focus"));
  input.addEventListener("blur", () => {
    report("blur");
    if (input.value.trim() !== "") setProblem(input, field.problem(input.value));
  });
  input.addEventListener("keydown", ({ key }) => key === "Escape" && report("escape"));
  return node("div", { class: isHalf ? "field half" : "field" }, node("label", { for: id }, text[id]), input);
}

function inputs() {
  return [...document.querySelectorAll(".fields input")];
}

function readOnly() {
  for (const input of document.querySelectorAll("input")) input.disabled = options.readOnly === true;
}

/** Shows what is wrong with each field, and returns Stripe's error for the first. */
function firstProblem() {
  let first;
  for (const field of FIELDS[method]) {
    const input = document.getElementById(field.id);
    const code = field.problem(input.value);
    setProblem(input, code);
    if (code !== undefined && first === undefined) first = { input, code };
  }
  if (first === undefined) return undefined;
  first.input.focus();
  return { type: "validation_error", code: first.code, message: text[first.code] };
}

function setProblem(input, code) {
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  input.toggleAttribute("aria-invalid", false);
  input.removeAttribute("aria-describedby");
  if (code === undefined) return;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
  input.after(node("p", { id, class: "error", role: "alert" }, text[code]));
}

function changed() {
  const all = inputs();
  const empty = all.every(({ value }) => value.trim() === "");
  const complete = FIELDS[method].every(({ id, problem }) => problem(document.getElementById(id).value) === undefined);
  const value = setup.element === "payment" ? { type: method } : {};
  report("change", { empty, complete, collapsed: false, value, error: undefined });
}

// --- How it looks ----------------------------------------------------------------------------------------------------

function applyAppearance({ theme, variables = {} }) {
  const { style } = document.documentElement;
  style.cssText = "";
  if (theme === "night") for (const [name, value] of Object.entries(NIGHT)) style.setProperty(`--${name}`, value);
  for (const [name, value] of Object.entries(variables)) {
    if (name in VARIABLES) style.setProperty(`--${VARIABLES[name]}`, value);
  }
}

function node(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

/** The page gives the frame the height of what is in it. */
function reportHeight() {
  report("resize", { height: Math.ceil(document.body.getBoundingClientRect().height) });
}

new ResizeObserver(() => {
  if (port !== undefined) reportHeight();
}).observe(document.body);
