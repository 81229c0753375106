//! Webhook deliveries (<https://docs.stripe.com/webhooks>): signed, in the background, retried with back-off.

pub(crate) mod attempt;
pub(crate) mod chaos;
pub(crate) mod request;
pub(crate) mod sender;
pub(crate) mod sender_state;
pub(crate) mod worker;
