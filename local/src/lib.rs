//! All of Tuition on one machine, offline: API Gateway, the function URL, the identity provider, Stripe and DynamoDB,
//! each on its own port.

mod data_dir;
mod dynamodb;
mod error;
pub mod function_url;
mod functions;
pub mod gateway;
pub mod identity;
mod ids;
pub mod lambda;
mod options;
mod origins;
mod ports;
mod seed;
mod servers;
mod stack;
mod stripe_backend;
pub mod test_payments;
pub mod walkthrough;
mod web;

pub use dynamodb::sdk_config;
pub use error::StartError;
pub use options::{DATA_DIR, Options, StripeBackend};
pub use ports::{Listeners, Ports, Urls};
pub use seed::SeedError;
pub use stack::{CHATGPT_CLIENT, Stack};
pub use stripe_backend::STAND_IN_KEY;
