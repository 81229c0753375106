//! The whole of Tuition on one machine, offline: what API Gateway, the function URL, the identity provider,
//! Stripe and DynamoDB do on AWS, each on a port of its own.

pub mod stripe;
