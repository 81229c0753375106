import type { CatalogPlanResponse, SubscriptionResponse } from "@tuition/client";

/** A learner has one trial, and the API says only at the checkout whether it was used. */
export type Trial = "offered" | "if_new" | "none";

/** What may be promised of a plan's trial. `subscription` is `undefined` when nobody is signed in. */
export function trialOf({ trial_days }: CatalogPlanResponse, subscription: SubscriptionResponse | undefined): Trial {
  if (trial_days === 0) return "none";
  if (subscription?.status === null) return "offered";
  // An earlier subscription, which is not shown, may have had the trial.
  return subscription?.trial_end != null ? "none" : "if_new";
}

/** For the checkout: who was told of a trial gets it, or is told that it was used, and never pays unawares. */
export function trialRequest({ trial_days }: CatalogPlanResponse, trial: Trial): { trial_days?: number } {
  return trial === "none" ? {} : { trial_days };
}
