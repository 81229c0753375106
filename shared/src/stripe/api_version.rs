//! Stripe's API version.

/// The API version that our types read (the literal is in the `stripe_shared` crate of `async-stripe`), and that webhook endpoints must be created with.
/// See <https://docs.stripe.com/webhooks/versioning>.
pub fn api_version() -> &'static str {
    stripe_shared::version::VERSION.as_str()
}
