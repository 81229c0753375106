// The page: lists what is sold, signs a learner in, sends them to pay, and shows what is open and why.

import * as api from "./api.js";
import { accessWords, categories, money, problemWords } from "./words.js";

const $ = (selector, root = document) => root.querySelector(selector);

let catalog = { courses: [], products: [] };
let accessOf = new Map();

function notify(text, mood = "") {
  const notice = $("#notice");
  notice.textContent = text;
  notice.className = `notice ${mood}`;
  notice.hidden = !text;
}

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function card(template, { tag, title, summary }) {
  const made = $(template).content.firstElementChild.cloneNode(true);
  if (tag) $(".tag", made).textContent = tag;
  $("h3", made).textContent = title;
  $(".summary", made).textContent = summary;
  return made;
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
  if (!api.person.get()) {
    notify("Sign in with your e-mail address first.");
    return $("#email").focus();
  }
  button.disabled = true;
  try {
    location.assign((await api.startCheckout(priceId, product)).checkout_url);
  } catch (error) {
    button.disabled = false;
    await failed(error);
  }
}

function showModules(made, modules) {
  const details = $("details", made);
  if (!modules.length) return details.remove();
  $("summary", details).textContent = modules.length === 1 ? "1 module" : `${modules.length} modules`;
  for (const module of modules) {
    const item = element("li", `${module.title} `);
    if (module.preview) item.append(element("em", "preview"));
    $(".modules", details).append(item);
  }
}

function showAccess(made, answer) {
  const line = $(".access", made);
  if (!answer) return line.remove();
  const [mood, sentence, source] = accessWords(answer);
  line.textContent = sentence;
  if (mood) line.classList.add(mood);
  if (source) line.append(element("small", source));
}

const isOpen = (course) => Boolean(accessOf.get(course)?.has_access);

/** Open, or about to be decided by a bank: nothing to buy. */
const isSettled = (course) =>
  isOpen(course) || ["payment_pending", "disputed"].includes(accessOf.get(course)?.because.reason);

function courseCard(course) {
  const made = card("#course-card", { ...course, tag: categories[course.category] ?? course.category });
  const answer = accessOf.get(course.id);
  showModules(made, course.modules);
  showAccess(made, answer);
  const alone = catalog.products.find(({ courses }) => courses.length === 1 && courses[0] === course.id);
  const button = alone && !isSettled(course.id) && buyButton(alone);
  if (button) $(".offers", made).append(button);
  return made;
}

function bundleCard(product) {
  const made = card("#bundle-card", { title: product.name, summary: product.description });
  const titles = new Map(catalog.courses.map(({ id, title }) => [id, title]));
  $(".opens", made).append(...product.courses.map((id) => element("li", titles.get(id) ?? id)));
  const button = !product.courses.every(isSettled) && buyButton(product);
  if (button) $(".offers", made).append(button);
  return made;
}

function render() {
  const someone = api.person.get();
  $("#sign-in").hidden = Boolean(someone);
  $("#signed-in").hidden = !someone;
  $("#who").textContent = someone?.email ?? "";
  const bundles = catalog.products.filter(({ courses }) => courses.length > 1);
  $("#course-list").replaceChildren(...catalog.courses.map(courseCard));
  $("#course-list").ariaBusy = "false";
  $("#bundle-list").replaceChildren(...bundles.map(bundleCard));
  $("#bundles").hidden = !bundles.length;
}

async function refreshAccess() {
  accessOf = new Map();
  if (api.person.get()) {
    accessOf = new Map((await api.courses()).map(({ id, access }) => [id, access]));
  }
  render();
}

async function failed(error) {
  if (error.status === 401) {
    api.person.forget();
    accessOf = new Map();
    notify("Please sign in again.");
  } else {
    notify(problemWords(error), "bad");
  }
  render();
}

/** Back from the payment page: asks for the session, which fulfils it if the webhook has not yet, and then for access:
 * a payment can be disputed or refunded by the time the learner is back. */
async function welcomeBack() {
  const query = new URLSearchParams(location.search);
  const id = query.get("session_id");
  if (!id || !api.person.get()) return refreshAccess();
  history.replaceState(null, "", "/");
  const session = await api.checkoutSession(id);
  await refreshAccess();
  const courses = catalog.products.find((product) => product.id === query.get("product"))?.courses ?? [];
  if (session.fulfilled && courses.length && courses.every(isOpen)) notify("Thank you! Your course is open.", "good");
  else if (session.fulfilled) notify("Thank you! Each course below says whether it is open, and why.");
  else if (session.status === "complete") notify("Thank you! The course opens as soon as the payment arrives.");
  else notify("The payment was not finished. You can try again at any time.");
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    await failed(error);
  }
}

$("#sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  notify("");
  attempt(async () => {
    await api.signIn($("#email").value);
    await refreshAccess();
  });
});

$("#sign-out").addEventListener("click", () => {
  api.person.forget();
  notify("");
  attempt(refreshAccess);
});

$(".currency").addEventListener("change", render);

// A page from the back-forward cache still shows a disabled button and yesterday's access.
addEventListener("pageshow", (event) => event.persisted && attempt(refreshAccess));

await attempt(async () => {
  catalog = await api.catalog();
  await welcomeBack();
});
