//! Applies an update: to the catalog, a customer, a purchase or a subscription.

use jiff::Timestamp;

use super::context::Context;
use super::error::FulfilError;
use super::events::{self, update_kind::UpdateKind};
use super::outcome::ApplyOutcome;
use super::resolve::{resolve_sale, resolved_sale::ResolvedSale};
use super::stripe_update::StripeUpdate;
use super::{purchase, subscription};

/// Applies an update of a Stripe object to the table. Each event is applied exactly once.
///
/// # Errors
/// When the table or Stripe fails, or an object of ours cannot be resolved. Nothing is half-written: the same event can
/// be applied again.
pub async fn apply(context: &Context, update: &StripeUpdate, now: Timestamp) -> Result<ApplyOutcome, FulfilError> {
    match update.kind {
        UpdateKind::Catalog => return events::catalog::apply(context, update, now).await,
        UpdateKind::Customer => return events::customer::apply(context, update, now).await,
        _ => {}
    }
    match resolve_sale(context, update).await? {
        ResolvedSale::Purchase(sale, sale_source) => purchase::apply(context, update, &sale, sale_source, now).await,
        ResolvedSale::Subscription(id, sale, sale_source) => {
            subscription::apply(context, update, &id, &sale, sale_source, now).await
        }
        ResolvedSale::NotOurs => Ok(ApplyOutcome::NotOurs),
        ResolvedSale::Unassigned => Ok(ApplyOutcome::Unassigned),
    }
}
