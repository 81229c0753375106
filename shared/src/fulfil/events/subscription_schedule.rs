//! `subscription_schedule.updated`: the subscription is fetched with its schedule, and written. What changes later may change
//! without any event of the subscription itself.

use jiff::Timestamp;

use crate::domain::Subscription;
use crate::fulfil::context::Context;
use crate::fulfil::update_action::UpdateAction;
use crate::stripe::{self, ObsoleteSchedule};

/// A canceled subscription never changes again.
pub(super) fn subscription_action(stored: Option<&Subscription>) -> UpdateAction {
    if stored.is_some_and(Subscription::ended) { UpdateAction::KeepFact } else { UpdateAction::FetchFromStripe }
}

/// Releases a schedule at Stripe that only stands in the way. Returns whether the subscription has to be fetched again.
pub(crate) async fn release_obsolete_schedule(
    context: &Context,
    schedule: Option<&ObsoleteSchedule>,
    now: Timestamp,
) -> bool {
    let Some(schedule) = schedule.and_then(|schedule| schedule.id_if_releasable(now)) else { return false };
    let key = format!("{}:release:{schedule}", context.app);
    match stripe::release_schedule(&context.stripe, schedule, &key).await {
        Ok(()) => true,
        // The next fetch tries again.
        Err(error) => {
            tracing::warn!(schedule, code = error.code(), "a schedule could not be released");
            false
        }
    }
}
