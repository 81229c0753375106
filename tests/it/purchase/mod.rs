//! Courses that are paid for once: checkout, payment, refunds and disputes.

mod buying_again;
mod checkout_customer;
mod checkout_sessions;
mod checkout_slot;
mod disputes;
mod duplicates;
mod payments;
mod refunds;
