//! Subscriptions to plans: checkout, renewal, cancellation, changes, disputes and refunds.

mod cancel;
mod canceled_and_changed;
mod change;
mod change_after_refund;
mod change_payment;
mod checkout;
mod disputes_and_refunds;
mod first_events;
mod invoices;
mod late_events;
mod never_paid;
mod operators_changes;
mod parallel_changes;
mod payment_problems;
mod pending_updates;
mod portal;
mod previews;
mod price_changes;
mod renewals;
mod scheduled_change;
mod show;
mod trials;
mod unpaid_periods;
