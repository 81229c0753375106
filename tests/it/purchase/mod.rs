//! Courses that are paid for once: checkout, payment, refunds and disputes.

mod buying_again;
mod checkout_customer;
mod checkout_sessions;
mod checkout_slot;
mod disputes;
mod duplicates;
mod payment_intent_debits;
mod payment_intent_expiry;
mod payment_intent_slot;
mod payment_intents;
mod payments;
mod refunds;
