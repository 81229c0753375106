//! Whose an object is, and what was sold.

use crate::domain::SubscriptionId;
use crate::fulfil::error::FulfilError;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::stripe::{Ownership, Sale, StripeError};

/// Whose an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResolvedSale {
    /// A sale of ours.
    Purchase(Sale, SaleSource),
    /// A subscription of ours.
    Subscription(SubscriptionId, Sale, SaleSource),
    /// Another application's object.
    NotOurs,
    /// One of our prices, sold to nobody we know.
    Unassigned,
}

/// Where the sale is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SaleSource {
    /// On the object itself: earlier events of it could be resolved, too.
    ObjectMetadata,
    /// Found by a lookup. Earlier events may have been ignored because no learner was found, so the state has to be
    /// fetched from Stripe.
    Lookup,
}

impl ResolvedSale {
    /// What the metadata says; `None` when there is none of any installation.
    pub(crate) fn from_ownership(
        update: &StripeUpdate,
        ownership: Ownership,
        sale_source: SaleSource,
    ) -> Result<Option<Self>, FulfilError> {
        match ownership {
            Ownership::ThisApp(sale) => Self::from_sale(update, sale, sale_source).map(Some),
            Ownership::Incomplete => Err(FulfilError::IncompleteMetadata),
            Ownership::AnotherApp => Ok(Some(Self::NotOurs)),
            Ownership::NoMetadata => Ok(None),
        }
    }

    /// A sale is of a subscription when the object names one.
    pub(crate) fn from_sale(update: &StripeUpdate, sale: Sale, sale_source: SaleSource) -> Result<Self, FulfilError> {
        let Some(id) = update.object.subscription.as_deref() else { return Ok(Self::Purchase(sale, sale_source)) };
        let id = SubscriptionId::parse(id).map_err(|_| FulfilError::IncompleteMetadata)?;
        Ok(Self::Subscription(id, sale, sale_source))
    }
}

/// An object that does not exist at Stripe and has no metadata of ours is not ours. It was deleted, as all test data
/// can be, and no retry brings it back.
pub(crate) fn none_if_missing<T>(found: Result<T, StripeError>) -> Result<Option<T>, StripeError> {
    match found {
        Err(error) if error.is_missing() => Ok(None),
        found => found.map(Some),
    }
}
