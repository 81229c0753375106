//! Subscriptions and their invoices (<https://docs.stripe.com/billing/subscriptions/overview>): what begins, renews,
//! changes and ends them, and how their invoices are paid. Subscriptions are of the flexible billing mode, which is
//! the default of this API version.

pub(crate) mod calendar;
pub(crate) mod change;
pub(crate) mod collect;
pub(crate) mod cycle;
pub(crate) mod discount;
pub(crate) mod due;
pub(crate) mod ends;
pub(crate) mod invoice;
pub(crate) mod items;
pub(crate) mod lines;
pub(crate) mod portal;
pub(crate) mod preview;
pub(crate) mod schedule;
pub(crate) mod start;
pub(crate) mod subscription;
pub(crate) mod update;
