//! Checkout sessions: payment, completion, expiry and discounts.

pub(crate) mod discounts;
pub(crate) mod line_items;
pub(crate) mod sessions;
pub(crate) mod subscription_mode;
