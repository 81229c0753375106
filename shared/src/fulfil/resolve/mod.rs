//! Finds whose an object is, in this order: by the metadata that we wrote on it; by the owner that the table keeps of it (of
//! refunds and disputes this comes first); by the metadata of its payment intent; by the `find_sale_without_metadata` of its file
//! in `events/`.

pub(super) mod by_payment;
pub(super) mod by_price;
pub(super) mod resolved_sale;

use self::resolved_sale::{ResolvedSale, SaleSource, none_if_missing};
use super::context::Context;
use super::error::FulfilError;
use super::events::{find_sale_without_metadata, update_kind::UpdateKind};
use super::owner::sale_from_owner;
use super::stripe_update::StripeUpdate;
use crate::stripe::{self, Ownership};

/// Finds whose the update's object is, and what was sold.
///
/// # Errors
/// When Stripe or the table fails, or metadata of ours is incomplete.
pub(super) async fn resolve_sale(context: &Context, update: &StripeUpdate) -> Result<ResolvedSale, FulfilError> {
    let by_metadata = |metadata, source| {
        ResolvedSale::from_ownership(update, Ownership::from_metadata(metadata, &context.app), source)
    };
    // For refunds and disputes, the table comes first: a charge's metadata is a copy that people edit.
    let table_first = matches!(update.kind, UpdateKind::Refund | UpdateKind::Dispute);
    if table_first && let Some(found) = resolve_by_owner(context, update).await? {
        return Ok(found);
    }
    // Our metadata on a refund names its approval, and no learner.
    let names_sale = update.object.object_type != "refund";
    if names_sale && let Some(found) = by_metadata(&update.object.metadata, SaleSource::ObjectMetadata)? {
        return Ok(found);
    }
    if !table_first && let Some(found) = resolve_by_owner(context, update).await? {
        return Ok(found);
    }
    // An old invoice names its payment intent, too; only its subscription says whose it is.
    let intent = update.object.payment_intent.as_deref().filter(|_| update.kind != UpdateKind::Invoice);
    if let Some(intent) = intent {
        let found = none_if_missing(stripe::fetch_payment_intent_metadata(&context.stripe, intent).await)?;
        let Some(metadata) = found else { return Ok(ResolvedSale::NotOurs) };
        if let Some(found) = by_metadata(&metadata, SaleSource::Lookup)? {
            return Ok(found);
        }
    }
    find_sale_without_metadata(context, update).await
}

/// By the owner that the table keeps: of the subscription or the payment intent that it names, or is.
async fn resolve_by_owner(context: &Context, update: &StripeUpdate) -> Result<Option<ResolvedSale>, FulfilError> {
    let known_by = update.object.subscription.as_deref().or(update.payment_intent()).unwrap_or(&update.object.id);
    let Some(owner) = context.store.owner(known_by).await? else { return Ok(None) };
    let subscription = owner.subscription.clone();
    Ok(sale_from_owner(owner).map(|sale| match subscription {
        Some(id) => ResolvedSale::Subscription(id, sale, SaleSource::Lookup),
        None => ResolvedSale::Purchase(sale, SaleSource::Lookup),
    }))
}
