import { UserManager, WebStorageStateStore } from "oidc-client-ts";

import type { Config } from "../config.ts";

/** Where the identity provider leads back to; the application is registered there with these paths. */
export const SIGNED_IN_PATH = "/signed-in";
export const SIGNED_OUT_PATH = "/signed-out";

/** Signs in at the configured issuer, with PKCE. What it keeps is gone with the tab, and survives the visit to a payment page. */
export function createUserManager({ issuer, client_id }: Config): UserManager {
  const store = new WebStorageStateStore({ store: sessionStorage });
  return new UserManager({
    authority: issuer,
    client_id,
    redirect_uri: location.origin + SIGNED_IN_PATH,
    post_logout_redirect_uri: location.origin + SIGNED_OUT_PATH,
    response_type: "code",
    scope: "openid email",
    userStore: store,
    stateStore: store,
    // `idToken` does it when a token is needed.
    automaticSilentRenew: false,
  });
}
