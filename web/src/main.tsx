import "./theme/styles.ts";

import { createTuitionClient, isTuitionError } from "@tuition/client";
import type { User, UserManager } from "oidc-client-ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App.tsx";
import { finishSignIn } from "./auth/signIn.ts";
import { createUserManager, SIGNED_IN_PATH } from "./auth/userManager.ts";
import { checkoutRequest } from "./checkout/checkoutRequest.ts";
import type { Refusal } from "./checkout/refusal.ts";
import { loadConfig, type Config } from "./config.ts";
import { loadMessages, preferredLanguage } from "./i18n/language.ts";
import { keepRefusal } from "./referrals/rememberedCode.ts";
import { applyCssVariables } from "./theme/cssVariables.ts";
import { themeOf } from "./theme/theme.ts";

async function start(root: HTMLElement): Promise<void> {
  const language = preferredLanguage();
  const [config, text] = await Promise.all([loadConfig().catch(() => undefined), loadMessages(language)]);
  if (config === undefined) {
    root.textContent = text.error.configuration;
    return;
  }
  const manager = createUserManager(config);
  // Before the first page is shown, so that nobody who is signed in sees it as if they were not.
  const visit =
    location.pathname === SIGNED_IN_PATH
      ? await signedIn(manager, config, () => (root.textContent = text.checkout.leaving))
      : { user: await manager.getUser() };
  if (visit === "leaving") return;
  root.textContent = "";
  const theme = themeOf(config.brand.color);
  applyCssVariables(theme);
  createRoot(root).render(
    <StrictMode>
      <App config={config} theme={theme} manager={manager} {...visit} language={{ language, text }} />
    </StrictMode>,
  );
}

interface Visit {
  user: User | null;
  refusal?: Refusal;
}

/** Who comes back from the sign-in page, at the page where they began, or on their way to the payment page. */
async function signedIn(manager: UserManager, config: Config, onLeaving: () => void): Promise<Visit | "leaving"> {
  const signIn = await finishSignIn(manager).catch(() => undefined);
  // The page at this address says that it has failed.
  if (signIn === undefined) return { user: await manager.getUser() };
  const { user, returnTo, purchase } = signIn;
  history.replaceState(null, "", returnTo);
  if (purchase === undefined) return { user };
  onLeaving();
  const client = createTuitionClient({ baseUrl: config.api_url, token: () => user.id_token });
  try {
    const checkout = await client.createSession({ body: checkoutRequest(purchase, returnTo) });
    keepRefusal(checkout.referral);
    location.assign(checkout.checkout_url);
    return "leaving";
  } catch (error) {
    return isTuitionError(error)
      ? { user, refusal: { path: location.pathname, priceId: purchase.price_id, error } }
      : { user };
  }
}

const root = document.querySelector<HTMLElement>("#root");
if (root !== null) void start(root);
