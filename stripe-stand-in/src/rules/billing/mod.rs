//! Subscriptions and their invoices (<https://docs.stripe.com/billing/subscriptions/overview>): how subscriptions
//! start, renew, change and end, and how invoices are paid. Subscriptions have the flexible billing mode, the default
//! of this API version.

pub(crate) mod amounts;
pub(crate) mod apply_change;
pub(crate) mod cancel_at;
pub(crate) mod cancellation;
pub(crate) mod collection;
pub(crate) mod creation;
pub(crate) mod discounts;
pub(crate) mod due_actions;
pub(crate) mod invoice_lines;
pub(crate) mod invoice_payments;
pub(crate) mod invoice_status;
pub(crate) mod invoices;
pub(crate) mod planned_change;
pub(crate) mod portal;
pub(crate) mod preview;
pub(crate) mod renewal;
pub(crate) mod schedule_phases;
pub(crate) mod schedules;
pub(crate) mod subscription_status;
pub(crate) mod trial_end;
pub(crate) mod upcoming_invoice;
