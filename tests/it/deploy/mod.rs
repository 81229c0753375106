//! What is deployed to AWS: the template, and how an operator sets up Stripe's webhook.

mod alarms;
mod functions;
mod permissions;
mod sample_events;
mod settings;
mod sign_in;
mod template;
mod webhook_endpoint;
