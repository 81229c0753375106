//! The shapes of Stripe objects, and accessors for them.

pub(crate) mod checkout_session;
pub(crate) mod customer;
pub(crate) mod invoice;
pub(crate) mod price;
pub(crate) mod subscription;
pub(crate) mod subscription_item;
