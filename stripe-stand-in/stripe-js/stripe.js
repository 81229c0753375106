// Stripe.js of the stand-in: what pages that use `@stripe/stripe-js` and `@stripe/react-stripe-js` need to take a payment
// (https://docs.stripe.com/js). It sets `window.Stripe`.
//
// What a payer enters stays in iframes of the stand-in (`element.js`). They call the API, too, so the merchant's page needs
// no permission for that: its policy has to allow this script and its frames.
(() => {
  "use strict";

  const ORIGIN = new URL(document.currentScript.src).origin;

  /** The page's own mistake. Stripe.js throws these, and returns all other errors. */
  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = "IntegrationError";
    }
  }

  /** Listeners by event. */
  class Listeners {
    #byEvent = new Map();

    on(event, listener) {
      if (!this.#byEvent.has(event)) this.#byEvent.set(event, new Set());
      this.#byEvent.get(event).add(listener);
    }

    off(event, listener) {
      if (listener === undefined) this.#byEvent.delete(event);
      else this.#byEvent.get(event)?.delete(listener);
    }

    emit(event, detail) {
      for (const listener of [...(this.#byEvent.get(event) ?? [])]) listener(detail);
    }
  }

  /** An iframe of the stand-in, and the channel to it. */
  class Frame {
    #port;
    #answers = new Map();
    #nextId = 1;
    #waiting = [];

    /** `setup` is the first message: what the frame is for. `onEvent` gets what it reports. */
    constructor(setup, onEvent) {
      this.node = document.createElement("iframe");
      this.node.src = `${ORIGIN}/elements/element.html`;
      this.node.addEventListener("load", () => this.#connect(setup(), onEvent));
    }

    /** Sends a command and waits for its result. */
    send(type, content = {}) {
      return new Promise((resolve) => {
        const id = this.#nextId++;
        this.#answers.set(id, resolve);
        const message = { id, type, ...content };
        if (this.#port === undefined) this.#waiting.push(message);
        else this.#port.postMessage(message);
      });
    }

    remove() {
      this.node.remove();
      this.#port?.close();
      for (const resolve of this.#answers.values()) resolve({ error: { type: "api_error", message: "The Element is gone." } });
    }

    // A frame that is moved in the page loads again.
    #connect(setup, onEvent) {
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      port1.onmessage = ({ data }) => {
        if (data.event !== undefined) {
          onEvent(data.event, data.detail);
        } else {
          this.#answers.get(data.id)?.(data.result);
          this.#answers.delete(data.id);
        }
      };
      this.node.contentWindow.postMessage({ type: "setup", ...setup }, ORIGIN, [port2]);
      for (const message of this.#waiting.splice(0)) port1.postMessage(message);
    }
  }

  /** A frame that is not seen, for calls that need nothing of what the payer enters. */
  function hiddenFrame(key) {
    const frame = new Frame(() => ({ element: "controller", key }), () => undefined);
    frame.node.title = "Stripe";
    frame.node.hidden = true;
    frame.node.setAttribute("aria-hidden", "true");
    frame.node.tabIndex = -1;
    document.body.append(frame.node);
    return frame;
  }

  /** The Payment Element or the Card Element (https://docs.stripe.com/js/element). */
  class Element {
    #listeners = new Listeners();
    #group;
    #options;
    #container;
    #isReady = false;

    constructor(group, type, options) {
      this._elementType = type;
      this.#group = group;
      this.#options = options;
    }

    mount(target) {
      const container = typeof target === "string" ? document.querySelector(target) : target;
      if (container === null) throw new IntegrationError(`There is no DOM node for the selector ${target}.`);
      this.unmount();
      this.#container = container;
      const setup = () => ({ element: this._elementType, ...this.#group._setup(), options: copy(this.#options) });
      this._frame = new Frame(setup, (event, detail) => this.#report(event, detail));
      const { node } = this._frame;
      node.title = "Secure payment input frame";
      node.allow = "payment *";
      // Of another colour scheme than the frame's own page, it would have a background that nobody can see through.
      Object.assign(node.style, { border: "0", display: "block", width: "100%", height: "0", colorScheme: "light" });
      container.classList.add("StripeElement");
      container.replaceChildren(node);
      queueMicrotask(() => this.#listeners.emit("loaderstart", { elementType: this._elementType }));
    }

    unmount() {
      this._frame?.remove();
      this._frame = undefined;
      this.#isReady = false;
      this.#container?.classList.remove("StripeElement", "StripeElement--focus", "StripeElement--complete");
      this.#container = undefined;
    }

    destroy() {
      this.unmount();
      this.#group._forget(this);
    }

    on(event, listener) {
      this.#listeners.on(event, listener);
      return this;
    }

    once(event, listener) {
      const once = (detail) => {
        this.off(event, once);
        listener(detail);
      };
      return this.on(event, once);
    }

    off(event, listener) {
      this.#listeners.off(event, listener);
      return this;
    }

    update(options) {
      this.#options = { ...this.#options, ...options };
      void this._frame?.send("update", { options: copy(this.#options) });
      return this;
    }

    focus() {
      void this._frame?.send("focus");
    }

    blur() {
      void this._frame?.send("blur");
    }

    clear() {
      void this._frame?.send("clear");
    }

    collapse() {
      return this;
    }

    _mountedFrame() {
      if (this._frame === undefined || !this.#isReady) {
        throw new IntegrationError("The Element has to be mounted, and its ready event to have come, before it is used.");
      }
      return this._frame;
    }

    #report(event, detail) {
      if (event === "resize") {
        this._frame.node.style.height = `${detail.height}px`;
        return;
      }
      if (event === "ready") this.#isReady = true;
      if (event === "focus" || event === "blur") {
        this.#container?.classList.toggle("StripeElement--focus", event === "focus");
      }
      if (event === "change") this.#container?.classList.toggle("StripeElement--complete", detail.complete);
      this.#listeners.emit(event, { elementType: this._elementType, ...detail });
    }
  }

  /** `stripe.elements(...)`: Elements that belong together (https://docs.stripe.com/js/elements_object). */
  class Elements {
    #key;
    #options;
    #elements = new Map();

    constructor(key, options) {
      this.#key = key;
      this.#options = options;
    }

    create(type, options = {}) {
      if (type !== "payment" && type !== "card") {
        throw new IntegrationError(`The stand-in has the Elements payment and card, and no ${type}.`);
      }
      if (this.#elements.has(type)) throw new IntegrationError(`Can only create one Element of type ${type}.`);
      const element = new Element(this, type, options);
      this.#elements.set(type, element);
      return element;
    }

    getElement(type) {
      return this.#elements.get(type) ?? null;
    }

    update(options) {
      this.#options = { ...this.#options, ...options };
      for (const element of this.#elements.values()) void element._frame?.send("setup", this._setup());
    }

    fetchUpdates() {
      const frames = [...this.#elements.values()].flatMap(({ _frame }) => _frame ?? []);
      return Promise.all(frames.map((frame) => frame.send("setup", this._setup()))).then(() => ({}));
    }

    /** Checks what was entered. */
    submit() {
      return this._element()._mountedFrame().send("validate");
    }

    on() {
      return this;
    }

    off() {
      return this;
    }

    /** The Element that payments are confirmed with. */
    _element() {
      const element = this.getElement("payment") ?? this.getElement("card");
      if (element === null) throw new IntegrationError("There is no Payment Element or Card Element to confirm with.");
      return element;
    }

    _clientSecret() {
      return this.#options.clientSecret;
    }

    _forget(element) {
      if (this.#elements.get(element._elementType) === element) this.#elements.delete(element._elementType);
    }

    _setup() {
      const { clientSecret, appearance, locale, paymentMethodTypes } = this.#options;
      return { key: this.#key, clientSecret, appearance: copy(appearance), locale, paymentMethodTypes };
    }
  }

  /** `Stripe(publishableKey)` (https://docs.stripe.com/js/initializing). */
  function Stripe(key) {
    if (typeof key !== "string" || !key.startsWith("pk_")) {
      throw new IntegrationError("Stripe() needs a publishable key, which begins with pk_.");
    }
    let controller;
    const call = (method, path, params) => {
      controller ??= hiddenFrame(key);
      return controller.send("call", { method, path, params: copy(params) });
    };

    async function retrieve(clientSecret) {
      const { error, result } = await call("GET", intentPath(clientSecret), { client_secret: clientSecret });
      return error ? { error } : { paymentIntent: result };
    }

    /** Shows what the payer still has to do, and says how the payment stands then. */
    async function finish(intent, returnUrl) {
      const next = intent.status === "requires_action" ? intent.next_action : null;
      if (next?.type === "redirect_to_url") return leaveFor(next.redirect_to_url.url);
      if (next?.type === "use_stripe_sdk") {
        await showAuthentication(next.use_stripe_sdk.stripe_js);
        const after = await retrieve(intent.client_secret);
        if (after.error) return after;
        intent = after.paymentIntent;
        const failure = intent.last_payment_error;
        if (intent.status === "requires_payment_method" && failure) {
          return { error: { ...failure, payment_intent: intent } };
        }
      }
      return returnUrl === undefined ? { paymentIntent: intent } : leaveFor(urlWithResult(returnUrl, intent));
    }

    /** Confirms with what the payer has entered in `frame`, or with a payment method that there is already. */
    async function confirm(clientSecret, frame, params, returnUrl) {
      const { error, result } =
        frame === undefined
          ? await call("POST", `${intentPath(clientSecret)}/confirm`, {
              ...params,
              client_secret: clientSecret,
              use_stripe_sdk: true,
            })
          : await frame.send("confirm", { path: `${intentPath(clientSecret)}/confirm`, clientSecret, params: copy(params) });
      return error ? { error } : finish(result, returnUrl);
    }

    return {
      elements: (options = {}) => new Elements(key, options),

      // https://docs.stripe.com/js/payment_intents/confirm_payment
      async confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
        const secret = clientSecret ?? elements?._clientSecret();
        if (secret === undefined) throw new IntegrationError("confirmPayment() needs a clientSecret.");
        const returnUrl = confirmParams.return_url;
        if (returnUrl === undefined && redirect !== "if_required") {
          throw new IntegrationError('confirmPayment() needs confirmParams.return_url, or redirect: "if_required".');
        }
        const frame = elements?._element()._mountedFrame();
        return confirm(secret, frame, confirmParams, redirect === "if_required" ? undefined : returnUrl);
      },

      // https://docs.stripe.com/js/payment_intents/confirm_card_payment
      async confirmCardPayment(clientSecret, { payment_method: method, ...params } = {}, { handleActions = true } = {}) {
        const isId = typeof method === "string" || method === undefined;
        const frame = isId ? undefined : method.card._mountedFrame?.();
        const isToken = !isId && frame === undefined;
        const data = isToken ? { ...method, type: "card" } : !isId && { billing_details: method.billing_details };
        const all = { ...params, ...(isId ? { payment_method: method } : { payment_method_data: data }) };
        if (handleActions) return confirm(clientSecret, frame, all, undefined);
        const answer = frame
          ? await frame.send("confirm", { path: `${intentPath(clientSecret)}/confirm`, clientSecret, params: copy(all) })
          : await call("POST", `${intentPath(clientSecret)}/confirm`, { ...all, client_secret: clientSecret, use_stripe_sdk: true });
        return answer.error ? { error: answer.error } : { paymentIntent: answer.result };
      },

      // https://docs.stripe.com/js/payment_intents/handle_next_action
      async handleNextAction({ clientSecret }) {
        const { error, paymentIntent } = await retrieve(clientSecret);
        return error ? { error } : finish(paymentIntent, undefined);
      },

      // https://docs.stripe.com/js/payment_intents/retrieve_payment_intent
      retrievePaymentIntent: retrieve,

      // https://docs.stripe.com/js/payment_methods/create_payment_method
      async createPaymentMethod({ elements, params = {}, type, card, billing_details }) {
        const element = elements?._element() ?? (card instanceof Element ? card : undefined);
        const { error, result } = element
          ? await element._mountedFrame().send("createPaymentMethod", { params: copy({ billing_details, ...params }) })
          : await call("POST", "/v1/payment_methods", { type, card, billing_details });
        return error ? { error } : { paymentMethod: result };
      },

      // https://docs.stripe.com/js/tokens/create_token?type=cardElement
      async createToken(element) {
        if (!(element instanceof Element)) throw new IntegrationError("The stand-in makes tokens of Elements only.");
        const { error, result } = await element._mountedFrame().send("createToken");
        return error ? { error } : { token: result };
      },

      // Both packages tell their versions; nobody asks for them here.
      registerAppInfo() {},
      _registerWrapper() {},
    };
  }

  /** `pi_1_secret_2` is the secret of `pi_1`. */
  function intentPath(clientSecret) {
    const [id] = String(clientSecret).split("_secret_");
    if (!id.startsWith("pi_")) throw new IntegrationError("This is not the client secret of a payment intent.");
    return `/v1/payment_intents/${encodeURIComponent(id)}`;
  }

  function urlWithResult(returnUrl, { id, client_secret, status }) {
    const url = new URL(returnUrl, location.href);
    url.searchParams.set("payment_intent", id);
    url.searchParams.set("payment_intent_client_secret", client_secret);
    const results = { succeeded: "succeeded", requires_capture: "succeeded", processing: "pending" };
    url.searchParams.set("redirect_status", results[status] ?? "failed");
    return url.href;
  }

  /** The page gives way to another one, so nothing follows. */
  function leaveFor(url) {
    location.assign(url);
    return new Promise(() => undefined);
  }

  /** Shows the bank's page over the merchant's, until the payer has chosen. */
  function showAuthentication(url) {
    const overlay = document.createElement("div");
    overlay.setAttribute("role", "dialog");
    overlay.setAttribute("aria-modal", "true");
    overlay.setAttribute("aria-label", "3-D Secure");
    Object.assign(overlay.style, {
      position: "fixed",
      inset: "0",
      zIndex: "2147483647",
      display: "flex",
      alignItems: "center",
      justifyContent: "center",
      background: "rgb(0 0 0 / 60%)",
    });
    const frame = document.createElement("iframe");
    frame.src = url;
    frame.title = "3-D Secure";
    const size = { width: "min(32rem, 100vw)", height: "min(28rem, 100vh)" };
    Object.assign(frame.style, { ...size, border: "0", borderRadius: "10px", background: "#f6f8fb" });
    overlay.append(frame);
    document.body.append(overlay);
    frame.focus();
    return new Promise((resolve) => {
      const onMessage = ({ source, origin, data }) => {
        if (source !== frame.contentWindow || origin !== ORIGIN || data !== "stripe_authentication_done") return;
        window.removeEventListener("message", onMessage);
        overlay.remove();
        resolve();
      };
      window.addEventListener("message", onMessage);
    });
  }

  /** What a frame can get: functions, which options may have, cannot be sent. */
  function copy(value) {
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  }

  // The name of the release, by which `@stripe/stripe-js` knows that it fits.
  Stripe.version = "endive";
  window.Stripe = Stripe;
})();
