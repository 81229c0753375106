//! The whole of Tuition on one machine, offline: what API Gateway, the function URL, the identity provider,
//! Stripe and DynamoDB do on AWS, each on a port of its own.

mod dynamodb;
mod error;
pub mod function_url;
pub mod gateway;
pub mod identity;
mod ids;
pub mod lambda;
mod ports;
mod servers;
pub mod stripe;

pub use error::StartError;
pub use ports::{Listeners, Ports, Urls};
