// The way to the sign-in page and back, with what the learner was about to do.

import type { User, UserManager } from "oidc-client-ts";

import type { Purchase } from "../checkout/checkoutRequest.ts";
import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from "./userManager.ts";

/** What is to be done after a sign-in. It waits in the tab's session storage. */
interface AfterSignIn {
  /** A path of this application. */
  returnTo: string;
  /** What the learner was about to buy. */
  purchase?: Purchase | undefined;
}

/** Leads to the sign-in page, and from there back to this page. */
export async function startSignIn(manager: UserManager, purchase?: Purchase, email?: string): Promise<void> {
  const { pathname, search, hash } = location;
  const isForSignIn = [SIGNED_IN_PATH, SIGNED_OUT_PATH].includes(pathname);
  const state: AfterSignIn = { returnTo: isForSignIn ? "/" : pathname + search + hash, purchase };
  await manager.signinRedirect({ state, ...(email !== undefined && { login_hint: email }) });
}

/** On the page that the identity provider leads back to: exchanges the code, and throws when the sign-in has failed. */
export async function finishSignIn(manager: UserManager): Promise<AfterSignIn & { user: User }> {
  const user = await manager.signinRedirectCallback();
  const { returnTo, purchase } = (user.state ?? {}) as Partial<AfterSignIn>;
  // Never to another site, whatever the storage says.
  const isPath = returnTo !== undefined && /^\/(?!\/)/.test(returnTo);
  return { user, returnTo: isPath ? returnTo : "/", purchase };
}
