// A merchant's page with the packages of Stripe as they are on npm, and nothing of the shop. The test drives it by `window.page`.

import { CardElement, Elements, PaymentElement, useElements, useStripe } from "@stripe/react-stripe-js";
import type { Stripe, StripeElements, StripeElementsOptions } from "@stripe/stripe-js";
import { loadStripe } from "@stripe/stripe-js/pure";
import { StrictMode, useEffect, type ReactNode } from "react";
import { createRoot } from "react-dom/client";

/** What the test can reach. */
export interface MerchantPage {
  stripe: Stripe;
  elements: StripeElements;
  /** The names of the Element's events, in order. */
  events: string[];
  /** What the last `change` said. */
  change: unknown;
}

declare global {
  interface Window {
    page: MerchantPage;
    show: (element: "payment" | "card", options: StripeElementsOptions) => void;
  }
}

const root = createRoot(document.body.appendChild(document.createElement("main")));

window.show = (element, options) => {
  const stripe = loadStripe("pk_test_merchant");
  root.render(
    <StrictMode>
      <Elements stripe={stripe} options={options}>
        <Fields element={element} />
      </Elements>
    </StrictMode>,
  );
};

function Fields({ element }: { element: "payment" | "card" }): ReactNode {
  const stripe = useStripe();
  const elements = useElements();
  useEffect(() => {
    if (stripe && elements) window.page = { stripe, elements, events: [], change: undefined };
  }, [stripe, elements]);
  const log = (event: string) => () => void window.page.events.push(event);
  const Field = element === "payment" ? PaymentElement : CardElement;
  return (
    <Field
      onReady={log("ready")}
      onFocus={log("focus")}
      onBlur={log("blur")}
      onChange={(change: unknown) => {
        window.page.change = change;
      }}
    />
  );
}
