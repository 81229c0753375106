// Stripe.js: Stripe's own, or that of the Stripe stand-in.

import type { Stripe, StripeConstructor } from "@stripe/stripe-js";
// Without `pure`, the script would be loaded with the module, and Stripe's own at that.
import { loadStripe } from "@stripe/stripe-js/pure";

declare global {
  interface Window {
    Stripe?: StripeConstructor;
  }
}

/** Loads it when it is needed first. The package has Stripe's address built in, and takes what `window.Stripe` is already. */
export async function loadStripeJs(publishableKey: string, url: string | null | undefined): Promise<Stripe> {
  if (url && window.Stripe === undefined) await loadScript(url);
  const stripe = await loadStripe(publishableKey);
  if (stripe === null) throw new Error("Stripe.js runs in browsers only.");
  return stripe;
}

function loadScript(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      script.remove();
      reject(new Error(`${url} cannot be loaded.`));
    });
    document.head.append(script);
  });
}
