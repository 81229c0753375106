import type { User, UserManager } from "oidc-client-ts";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";

import type { Purchase } from "../checkout/checkoutRequest.ts";
import { idTokenProvider } from "./idToken.ts";
import { startSignIn } from "./signIn.ts";

export interface Session {
  /** Who is signed in. After the session has ended it is who was, so that the page stays as it is. */
  learner: Learner | undefined;
  /** The identity provider or the API does not accept the session any more. */
  hasEnded: boolean;
  /** For the API's client. */
  idToken: () => Promise<string | undefined>;
  /** Leads to the sign-in page, and from there back to this page. */
  signIn: (purchase?: Purchase) => Promise<void>;
  /** Ends the visit at the identity provider, too. */
  signOut: () => Promise<void>;
  /** The identity provider could not be reached, so the page was not left for it. */
  isUnreachable: boolean;
  /** The session was refused. */
  end: () => void;
  /** Goes on as nobody, after the session has ended. */
  forget: () => void;
}

export interface Learner {
  id: string;
  email: string;
  /** The token says so; what an operator may do is the API's decision. */
  isOperator: boolean;
}

const Context = createContext<Session | undefined>(undefined);

export interface SessionProviderProps {
  manager: UserManager;
  /** Whom the tab's session storage has. */
  initial: User | null;
  children: ReactNode;
}

export function SessionProvider({ manager, initial, children }: SessionProviderProps): ReactNode {
  const [learner, setLearner] = useState(() => learnerOf(initial));
  const [hasEnded, setHasEnded] = useState(false);
  const [isUnreachable, setIsUnreachable] = useState(false);
  const session = useMemo<Session>(() => {
    const end = () => {
      void manager.removeUser();
      setHasEnded(true);
    };
    const leave = async (going: Promise<void>) => {
      setIsUnreachable(false);
      await going.catch(() => setIsUnreachable(true));
    };
    return {
      learner,
      hasEnded,
      isUnreachable,
      idToken: idTokenProvider(manager, end),
      signIn: (purchase) => leave(startSignIn(manager, purchase, learner?.email)),
      signOut: () => {
        const { client_id, post_logout_redirect_uri = "" } = manager.settings;
        // Cognito's logout endpoint has names of its own for the standard's parameters.
        const extraQueryParams = { client_id, logout_uri: post_logout_redirect_uri };
        return leave(manager.signoutRedirect({ extraQueryParams }));
      },
      end,
      forget: () => {
        setLearner(undefined);
        setHasEnded(false);
      },
    };
  }, [manager, learner, hasEnded, isUnreachable]);
  return <Context value={session}>{children}</Context>;
}

export function useSession(): Session {
  const session = useContext(Context);
  if (session === undefined) throw new Error("There is no <SessionProvider> above this component.");
  return session;
}

function learnerOf(user: User | null): Learner | undefined {
  if (user === null) return undefined;
  const { sub, email = "", "cognito:groups": groups } = user.profile;
  return { id: sub, email, isOperator: Array.isArray(groups) && groups.includes("admin") };
}
