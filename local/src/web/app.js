// The page lists the courses and bundles, signs a learner in, opens the payment page, and shows the learner's access.

import * as api from "./api.js";
import { accessMessage, categories, errorMessage, money } from "./messages.js";

const $ = (selector, root = document) => root.querySelector(selector);

let catalog = { courses: [], products: [] };
let accessByCourse = new Map();

function notify(text, style = "") {
  const notice = $("#notice");
  notice.textContent = text;
  notice.className = `notice ${style}`;
  notice.hidden = !text;
}

function element(tag, text, className = "") {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

function card(template, { tag, title, summary }) {
  const node = $(template).content.firstElementChild.cloneNode(true);
  if (tag) $(".tag", node).textContent = tag;
  $("h3", node).textContent = title;
  $(".summary", node).textContent = summary;
  return node;
}

function buyButton(product) {
  const currency = $("input[name=currency]:checked").value;
  const price = product.prices.find((candidate) => candidate.currency === currency);
  if (!price) return null;
  const button = element("button", `Buy · ${money(price.amount, price.currency)}`);
  button.setAttribute("aria-label", `Buy ${product.name} for ${money(price.amount, price.currency)}`);
  button.addEventListener("click", () => buy(button, price.price_id, product.id));
  return button;
}

async function buy(button, priceId, product) {
  if (!api.signedInUser.get()) {
    notify("Sign in with your e-mail address first.");
    return $("#email").focus();
  }
  button.disabled = true;
  try {
    location.assign((await api.startCheckout(priceId, product)).checkout_url);
  } catch (error) {
    button.disabled = false;
    await showError(error);
  }
}

function showModules(node, modules) {
  const details = $("details", node);
  if (!modules.length) return details.remove();
  $("summary", details).textContent = modules.length === 1 ? "1 module" : `${modules.length} modules`;
  for (const module of modules) {
    const item = element("li", `${module.title} `);
    if (module.preview) item.append(element("em", "preview"));
    $(".modules", details).append(item);
  }
}

function showAccess(node, answer) {
  const line = $(".access", node);
  if (!answer) return line.remove();
  const [style, text, source] = accessMessage(answer);
  line.textContent = text;
  if (style) line.classList.add(style);
  if (source) line.append(element("small", source));
}

const isOpen = (course) => Boolean(accessByCourse.get(course)?.has_access);

/** The course is open, or a payment for it is pending or disputed. It cannot be bought then. */
const isOpenOrPending = (course) =>
  isOpen(course) || ["payment_pending", "disputed"].includes(accessByCourse.get(course)?.because.reason);

function courseCard(course) {
  const node = card("#course-card", { ...course, tag: categories[course.category] ?? course.category });
  const answer = accessByCourse.get(course.id);
  showModules(node, course.modules);
  showAccess(node, answer);
  const ownProduct = catalog.products.find(({ courses }) => courses.length === 1 && courses[0] === course.id);
  const button = ownProduct && !isOpenOrPending(course.id) && buyButton(ownProduct);
  if (button) $(".offers", node).append(button);
  return node;
}

function bundleCard(product) {
  const node = card("#bundle-card", { title: product.name, summary: product.description });
  const titles = new Map(catalog.courses.map(({ id, title }) => [id, title]));
  $(".opens", node).append(...product.courses.map((id) => element("li", titles.get(id) ?? id)));
  const button = !product.courses.every(isOpenOrPending) && buyButton(product);
  if (button) $(".offers", node).append(button);
  return node;
}

function render() {
  const user = api.signedInUser.get();
  $("#sign-in").hidden = Boolean(user);
  $("#signed-in").hidden = !user;
  $("#who").textContent = user?.email ?? "";
  const bundles = catalog.products.filter(({ courses }) => courses.length > 1);
  $("#course-list").replaceChildren(...catalog.courses.map(courseCard));
  $("#course-list").ariaBusy = "false";
  $("#bundle-list").replaceChildren(...bundles.map(bundleCard));
  $("#bundles").hidden = !bundles.length;
}

async function refreshAccess() {
  accessByCourse = new Map();
  if (api.signedInUser.get()) {
    accessByCourse = new Map((await api.courses()).map(({ id, access }) => [id, access]));
  }
  render();
}

async function showError(error) {
  if (error.status === 401) {
    api.signedInUser.clear();
    accessByCourse = new Map();
    notify("Please sign in again.");
  } else {
    notify(errorMessage(error), "bad");
  }
  render();
}

/** Shows the result after the payment page. Reading the session also fulfils it, if the webhook has not yet. Access is read
 * as well, because the payment can already be disputed or refunded. */
async function showPurchaseResult() {
  const query = new URLSearchParams(location.search);
  const id = query.get("session_id");
  if (!id || !api.signedInUser.get()) return refreshAccess();
  history.replaceState(null, "", "/");
  const session = await api.checkoutSession(id);
  await refreshAccess();
  const courses = catalog.products.find((product) => product.id === query.get("product"))?.courses ?? [];
  if (session.fulfilled && courses.length && courses.every(isOpen)) notify("Thank you! Your course is open.", "good");
  else if (session.fulfilled) notify("Thank you! See below whether each course is open.");
  else if (session.status === "complete") notify("Thank you! The course opens as soon as the payment arrives.");
  else notify("The payment was not finished. You can try again at any time.");
}

async function run(action) {
  try {
    await action();
  } catch (error) {
    await showError(error);
  }
}

$("#sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  notify("");
  run(async () => {
    await api.signIn($("#email").value);
    await refreshAccess();
  });
});

$("#sign-out").addEventListener("click", () => {
  api.signedInUser.clear();
  notify("");
  run(refreshAccess);
});

$(".currency").addEventListener("change", render);

// A page from the back-forward cache still shows a disabled button and old access.
addEventListener("pageshow", (event) => event.persisted && run(refreshAccess));

await run(async () => {
  catalog = await api.catalog();
  await showPurchaseResult();
});
