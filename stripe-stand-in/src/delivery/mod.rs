//! Webhook deliveries (<https://docs.stripe.com/webhooks>): signed, sent in the background, retried after delays.

pub(crate) mod attempt;
pub(crate) mod chaos;
pub(crate) mod request;
pub(crate) mod sender;
pub(crate) mod sender_state;
pub(crate) mod worker;
