//! The connection to the table: how it is configured, what it waits for, and whose time it has.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use jiff::Timestamp;

use super::catalog_cache::CatalogCache;
use crate::clock::Clock;
use crate::config::{ConfigError, Lookup};

/// The table. Cheap to clone; clones share connections and the cached catalog.
#[derive(Clone)]
pub struct Store {
    pub(super) client: Client,
    pub(super) table: Arc<str>,
    pub(super) catalog: Arc<CatalogCache>,
    clock: Clock,
}

/// Where the table is.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Read from `TABLE_NAME`, default `tuition`.
    pub table: String,
}

impl StoreConfig {
    /// Reads the values.
    ///
    /// # Errors
    /// When the table's name is not one.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        let table = lookup.parsed("TABLE_NAME", "tuition".to_owned(), |name| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            let fits = (3..=255).contains(&name.len()) && name.bytes().all(allowed);
            fits.then(|| name.to_owned()).ok_or("a table's name has 3 to 255 of a-z, A-Z, 0-9, '_', '.', '-'")
        })?;
        Ok(Self { table })
    }
}

impl Store {
    /// The store on a table, reached as `sdk` says (region, credentials, endpoint).
    pub fn new(sdk: &SdkConfig, config: &StoreConfig) -> Self {
        // A Lambda has seconds, and its caller less: give up on a silent connection early and try again.
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(2_500)).build();
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(sdk)
            .timeout_config(timeouts)
            // The timeout covers the whole answer already.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .build();
        Self {
            client: Client::from_conf(dynamodb),
            table: config.table.as_str().into(),
            catalog: Arc::new(CatalogCache::default()),
            clock: Clock::default(),
        }
    }

    /// The same store in another time than the machine's: a local stack's, which tests move.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The time that what is stored is compared with. Everything that decides by the time asks here.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The client beneath, for the definition of the table.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }
}
