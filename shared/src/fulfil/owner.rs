//! Between a sale and the owner that the table keeps of it.

use crate::store::Owner;
use crate::stripe::Sale;

/// The owner of what was sold. For a subscription, the caller adds its id.
pub(super) fn owner_from_sale(sale: &Sale) -> Owner {
    let Sale { user, product, price, family, referrer, credit_use, additional_products } = sale.clone();
    Owner { user, product: Some(product), price, family, referrer, credit_use, additional_products, subscription: None }
}

/// The sale, if the owner names a product.
pub(super) fn sale_from_owner(owner: Owner) -> Option<Sale> {
    let Owner { user, product, price, family, referrer, credit_use, additional_products, subscription: _ } = owner;
    product.map(|product| Sale { user, product, price, family, referrer, credit_use, additional_products })
}
