//! `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.deleted`,
//! `customer.subscription.paused`, `customer.subscription.resumed` and `customer.subscription.trial_will_end`: a first, fresh event
//! of a trial is projected from its payload; otherwise the subscription is fetched with its latest invoice. Then it is written.

use super::update_kind::UpdateKind;
use crate::domain::{PriceId, Subscription};
use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::resolve::by_price;
use crate::fulfil::resolve::resolved_sale::ResolvedSale;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::fulfil::update_action::UpdateAction;
use crate::stripe::SoldPrice;

/// The payload of a first event may be projected: later changes send events of their own, which find the fact and fetch. It is
/// enough for a trial only; of any other subscription the invoice says whether the period was paid for, so it is fetched. A
/// canceled subscription never changes again.
pub(super) fn subscription_action(stored: Option<&Subscription>, can_project_payload: bool) -> UpdateAction {
    match stored {
        Some(stored) if stored.ended() => UpdateAction::KeepFact,
        None if can_project_payload => UpdateAction::ProjectPayload,
        _ => UpdateAction::FetchFromStripe,
    }
}

/// A subscription without our metadata: its prices say whether it is ours. The payload names no products; the session that
/// sold a price that is not offered any more does.
pub(super) async fn find_sale_without_metadata(
    context: &Context,
    update: &StripeUpdate,
) -> Result<ResolvedSale, FulfilError> {
    let id = |price: &String| Some(SoldPrice { id: PriceId::parse(price.as_str()).ok()?, product: None });
    let prices: Vec<SoldPrice> = update.object.prices.iter().filter_map(id).collect();
    by_price::resolve(context, update, &prices).await
}

/// Whether another process has fetched the subscription since this event arrived. We read version `first_read` after the
/// event had arrived. Whoever wrote version `first_read + 2` has read version `first_read + 1` first, and fetched the
/// subscription after that. This does not hold for invoices and payments, which are fetched only by those who received
/// their events, or who ask for them.
pub(crate) fn was_fetched_since(update: &StripeUpdate, first_read: u64, version: u64) -> bool {
    let is_of_itself = matches!(update.kind, UpdateKind::Subscription | UpdateKind::SubscriptionSchedule);
    is_of_itself && !update.wants_payments() && version >= first_read.saturating_add(2)
}
