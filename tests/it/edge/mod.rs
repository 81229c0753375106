//! Invalid requests and tokens, rate limits, and what is logged.

mod access_tokens;
mod checkout_input;
mod headers;
mod logs;
mod paths_and_queries;
mod payment_intent_input;
mod rate_limits;
mod subscription_input;
mod tokens;
mod usage_input;
