import { ErrorResponse, type User, type UserManager } from "oidc-client-ts";

/** A token that ends within so many seconds is renewed before it is used. */
const MARGIN = 30;

/** Gives the ID token for each request, and calls `onEnded` when there is none any more. */
export function idTokenProvider(manager: UserManager, onEnded: () => void): () => Promise<string | undefined> {
  // Requests that begin together renew together.
  let renewal: Promise<User | undefined> | undefined;
  return async () => {
    let user = (await manager.getUser()) ?? undefined;
    if (user === undefined) return undefined;
    if ((user.expires_in ?? 0) <= MARGIN) {
      renewal ??= renew(manager, user).finally(() => {
        renewal = undefined;
      });
      user = await renewal;
      if (user === undefined) onEnded();
    }
    return user?.id_token;
  };
}

/** The user with new tokens; `undefined` when the provider refuses. A lost connection is thrown, and may pass. */
async function renew(manager: UserManager, user: User): Promise<User | undefined> {
  // Without a refresh token the library would ask in a frame, which the policy forbids.
  if (user.refresh_token === undefined) return undefined;
  try {
    return (await manager.signinSilent()) ?? undefined;
  } catch (error) {
    if (error instanceof ErrorResponse) return undefined;
    throw error;
  }
}
