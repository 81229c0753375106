//! Tests of the Stripe stand-in over HTTP, as Stripe's clients, payers and webhook receivers use it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "in a test a panic is the report")]

mod account;
mod api;
mod browser_api;
mod cash_balance;
mod chaos;
mod deliveries;
mod discounts;
mod disputes;
mod faults;
mod official_fields;
mod payment_links;
mod payments;
mod portal;
mod program;
mod receiver;
mod refunds;
mod retries;
mod setup_intents;
mod stripe_js;
mod subscription_changes;
mod subscription_checkout;
mod subscription_items;
mod subscriptions;
mod test_clocks;
mod time;
mod upcoming_invoices;
