//! How money moves: an attempt to pay, what follows from it, and what turns it back. Every step saves its objects
//! and records its events in the transaction it is given.

pub(crate) mod attempt;
pub(crate) mod balance;
pub(crate) mod cards;
pub(crate) mod charge;
pub(crate) mod checkout;
pub(crate) mod checkout_subscription;
pub(crate) mod debit;
pub(crate) mod discount;
pub(crate) mod dispute;
pub(crate) mod intent;
pub(crate) mod method;
pub(crate) mod refund;
