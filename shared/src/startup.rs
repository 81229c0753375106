//! How a function that calls Stripe starts.

use crate::aws;
use crate::config::{ConfigError, Lookup, environment};
use crate::secrets::{self, EnvironmentWithSecrets};
use crate::store::{Store, StoreConfig};

/// The environment with the named secrets fetched, and the store with the catalog loaded: both at once, while Lambda still
/// gives a full CPU.
///
/// # Errors
/// When a variable of the table is missing or malformed, or a secret cannot be fetched.
pub async fn fetch_secrets_and_open_store(
    secrets: &[&'static str],
) -> Result<(EnvironmentWithSecrets, Store), ConfigError> {
    let table = StoreConfig::from_lookup(&Lookup::new(&environment))?;
    let sdk = aws::from_environment()?;
    let (environment, store) = tokio::join!(secrets::load(&sdk, secrets), Store::warm(&sdk, &table));
    Ok((environment?, store))
}
