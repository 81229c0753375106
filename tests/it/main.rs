//! Black-box tests over HTTP against the running local stack, and checks of the repository itself.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "in a test a panic is the report")]

mod access;
mod architecture;
mod bad_input;
mod billing;
mod catalog;
mod checkout;
mod dark_webhook;
mod delivery;
mod disputed_subscription;
mod documents;
mod events;
mod faults;
mod local_stack;
mod logs;
mod membership;
mod operator;
mod plans;
mod purchase;
mod rare;
mod real_tools;
mod reconcile;
mod scheduled_change;
mod second_trial;
mod stripe_refusals;
mod stuck_keys;
mod subscription;
mod support;
mod template;
mod time;
mod unpaid_subscription;
mod usage;
mod whose_event;
