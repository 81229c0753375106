//! What the tests use: a running stack, learners who call its API, Stripe, the webhook and the table.

pub(crate) mod app;
pub(crate) mod billing;
pub(crate) mod cards;
pub(crate) mod catalog;
pub(crate) mod contract;
mod dynamodb;
pub(crate) mod expected_responses;
pub(crate) mod fault_proxy;
mod grants;
pub(crate) mod hosted_page;
pub(crate) mod learner;
pub(crate) mod learning;
pub(crate) mod logs;
pub(crate) mod mcp;
pub(crate) mod node_tools;
pub(crate) mod parameter_store;
pub(crate) mod payment_intents;
pub(crate) mod response;
pub(crate) mod stable_ids;
mod stripe_api;
mod stripe_events;
mod stripe_payments;
mod stripe_subscriptions;
mod table;
pub(crate) mod time;
mod usage;
mod webhook;
