//! Which item of a subscription is a plan of ours.

use stripe_shared::{Price, SubscriptionItem};

use super::metadata::{Sale, product_from_metadata};
use super::objects::StripeSubscription;
use crate::domain::{AppId, ProductId};

/// The item that is a plan of ours, and which plan.
pub(super) fn our_item<'a>(
    stripe: &'a StripeSubscription,
    sale: &Sale,
    app: &AppId,
) -> Option<(&'a SubscriptionItem, ProductId)> {
    let items = &stripe.items.data;
    let named = items.iter().find_map(|item| Some((item, product_of_price(&item.price, app)?)));
    named.or_else(|| {
        // A price of somebody else's opens only by an operator's word, who wrote the product into the metadata.
        let item = items.iter().find(|item| has_sold_price(item, sale) || sale.price.is_none());
        item.map(|item| (item, sale.product.clone()))
    })
}

/// When the current period of our item began, in seconds since 1970; of the first item, if none is ours.
pub(super) fn period_start(stripe: &StripeSubscription, sale: &Sale, app: &AppId) -> Option<i64> {
    let item = our_item(stripe, sale, app).map(|(item, _)| item).or(stripe.items.data.first());
    item.map(|item| item.current_period_start)
}

pub(super) fn has_sold_price(item: &SubscriptionItem, sale: &Sale) -> bool {
    sale.price.as_ref().is_some_and(|price| price.as_str() == item.price.id.as_str())
}

/// Which of our products a price belongs to, when its product came along.
fn product_of_price(price: &Price, app: &AppId) -> Option<ProductId> {
    product_from_metadata(&price.product.as_object()?.metadata, app)
}
