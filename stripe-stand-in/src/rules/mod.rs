//! Stripe's rules for payments, billing and Checkout. Each function saves objects and records events in the
//! transaction that it gets.

pub(crate) mod billing;
pub(crate) mod checkout;
pub(crate) mod confirmation;
pub(crate) mod coupons;
pub(crate) mod customers;
pub(crate) mod payments;
pub(crate) mod promotion_codes;
pub(crate) mod time;
