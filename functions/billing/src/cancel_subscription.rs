//! `POST /billing/subscription/cancel`: ends the subscription with its period, or now.

use axum::Json;
use axum::extract::State as FromState;
use serde::Deserialize;
use shared::Failure;
use shared::domain::{Subscription, SubscriptionStatus};
use shared::http::{Caller, OptionalBody};
use shared::stripe;

use crate::State;
use crate::act::{key, look, settle, show_again};
use crate::known::Known;
use crate::shown::Shown;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    #[serde(default)]
    immediately: bool,
    subscription_id: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    OptionalBody(wish): OptionalBody<Wish>,
) -> Result<Json<Shown>, Failure> {
    let known = Known::load(&state.fulfil.store, &caller.user).await?;
    let meant = known.changeable(wish.subscription_id.as_deref())?;
    let (subscription, stripe) = (meant.subscription, &state.fulfil.stripe);
    let id = &subscription.id;
    // Stripe ends what was never paid for at once or not at all.
    let after = if wish.immediately || subscription.status == SubscriptionStatus::Incomplete {
        match stripe::cancel_now(stripe, id, &key(&state, "cancel-now", &meant)).await {
            // It had ended already: that is what was wished for.
            Err(error) if error.is_missing() => Some(look(&state, &caller, id).await?),
            answer => Some(settle(&state, &caller, id, answer).await?.1),
        }
    } else if ends_with_period(subscription) {
        None
    } else {
        let answer = stripe::cancel_at_period_end(stripe, id, &key(&state, "cancel", &meant)).await;
        Some(settle(&state, &caller, id, answer).await?.1)
    };
    show_again(&state, &caller, after.as_ref().unwrap_or(&known), id).await.map(Json)
}

/// Asking again changes nothing; neither does a day that comes before the period's end.
fn ends_with_period(subscription: &Subscription) -> bool {
    subscription.ends_at().is_some_and(|end| end <= subscription.period_end)
}
