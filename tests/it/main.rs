//! Black-box tests over HTTP against the running local stack, and checks of the repository itself.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "in a test a panic is the report")]

mod access;
mod architecture;
mod catalog;
mod chatgpt;
mod contract;
mod deploy;
mod documents;
mod edge;
mod learning;
mod local_stack;
mod mcp;
mod purchase;
mod referral;
mod refund;
mod stripe_calls;
mod subscription;
mod support;
mod usage;
mod webhook;
