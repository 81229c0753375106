//! The life of a checkout session, and what it sells.

pub(crate) mod discounts;
pub(crate) mod line_items;
pub(crate) mod sessions;
pub(crate) mod subscription_mode;
