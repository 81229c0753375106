//! Options of a stack.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use shared::clock::Clock;

/// The default directory for the state, relative to the current directory.
pub const DATA_DIR: &str = ".local";

/// Which Stripe the stack uses.
#[derive(Debug, Clone)]
pub enum StripeBackend {
    /// The Stripe stand-in, in this process.
    StandIn,
    /// Stripe itself in test mode, or the API at `STRIPE_API_BASE` if the functions' variables contain it.
    Stripe {
        /// Read from `STRIPE_SECRET_KEY`.
        secret_key: SecretString,
        /// Read from `STRIPE_WEBHOOK_SECRET`: what `stripe listen --print-secret` shows.
        webhook_secret: SecretString,
    },
}

/// Options of a stack. Tests start from [`Options::ephemeral`].
#[derive(Clone)]
pub struct Options {
    /// The directory for the state. `None` keeps it in memory.
    pub data_dir: Option<PathBuf>,
    /// The catalog file.
    pub catalog: PathBuf,
    /// The directory with the shop's built files.
    pub web_dir: PathBuf,
    /// Which Stripe to use.
    pub stripe: StripeBackend,
    /// The URL of another DynamoDB instead of the embedded one. Read from `AWS_ENDPOINT_URL_DYNAMODB`.
    pub dynamodb_endpoint: Option<String>,
    /// The DynamoDB URL for the functions, if they must use a proxy.
    pub functions_dynamodb_url: Option<String>,
    /// The Stripe URL for the functions, if they must use a proxy.
    pub functions_stripe_url: Option<String>,
    /// Variables of the functions, such as `APP_ID` or `STRIPE_WEBHOOK_SECRET`. They override those of the stack.
    /// Only `APP_ORIGINS` adds to the stack's own origins.
    pub variables: BTreeMap<String, String>,
    /// The clock that the functions and the Stripe stand-in share. `StandIn::advance` moves it.
    pub clock: Clock,
}

impl Options {
    /// State in memory, the Stripe stand-in, the project's own catalog and shop.
    pub fn ephemeral() -> Self {
        Self {
            data_dir: None,
            catalog: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../catalog.yaml")),
            web_dir: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist")),
            stripe: StripeBackend::StandIn,
            dynamodb_endpoint: None,
            functions_dynamodb_url: None,
            functions_stripe_url: None,
            variables: BTreeMap::new(),
            clock: Clock::default(),
        }
    }

    /// Sets one variable of the functions.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// Omits the values of variables, because some of them are secrets.
impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("data_dir", &self.data_dir)
            .field("catalog", &self.catalog)
            .field("web_dir", &self.web_dir)
            .field("stripe", &self.stripe)
            .field("dynamodb_endpoint", &self.dynamodb_endpoint)
            .field("functions_dynamodb_url", &self.functions_dynamodb_url)
            .field("functions_stripe_url", &self.functions_stripe_url)
            .field("clock", &self.clock)
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .finish()
    }
}
