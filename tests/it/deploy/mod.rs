//! What is deployed to AWS: the templates, and how an operator sets up Stripe's webhook.

mod alarms;
mod functions;
mod permissions;
mod sample_events;
mod settings;
mod shop;
mod sign_in;
mod template;
mod webhook_endpoint;
