//! The rules of Stripe: what pays, bills, completes, renews and ends. Every step saves its objects and records its events
//! in the transaction that it is given.

pub(crate) mod billing;
pub(crate) mod checkout;
pub(crate) mod confirmation;
pub(crate) mod coupons;
pub(crate) mod customers;
pub(crate) mod payments;
pub(crate) mod promotion_codes;
pub(crate) mod time;
