//! What a stack is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use shared::clock::Clock;

/// The state's directory when none is given, beneath the current one.
pub const DATA_DIR: &str = ".local";

/// Who plays Stripe.
#[derive(Debug, Clone)]
pub enum StripeBackend {
    /// The stand-in of this process.
    StandIn,
    /// Stripe itself, in test mode, or whatever `STRIPE_API_BASE` among the functions' variables names.
    Stripe {
        /// Read from `STRIPE_SECRET_KEY`.
        secret_key: SecretString,
        /// Read from `STRIPE_WEBHOOK_SECRET`: what `stripe listen --print-secret` shows.
        webhook_secret: SecretString,
    },
}

/// What a stack is made of. [`Options::ephemeral`] is what tests start from.
#[derive(Clone)]
pub struct Options {
    /// Where the state is kept; `None` keeps it in memory.
    pub data_dir: Option<PathBuf>,
    /// The file that says what is sold.
    pub catalog: PathBuf,
    /// Who plays Stripe.
    pub stripe: StripeBackend,
    /// Another DynamoDB than the embedded one. Read from `AWS_ENDPOINT_URL_DYNAMODB`.
    pub dynamodb_endpoint: Option<String>,
    /// Where the functions find DynamoDB, when it is not DynamoDB's own URL: a proxy in between.
    pub functions_dynamodb_url: Option<String>,
    /// Where the functions find Stripe, when it is not Stripe's own URL: a proxy in between.
    pub functions_stripe_url: Option<String>,
    /// Variables of the functions that win over what the stack sets: `APP_ID`, `STRIPE_WEBHOOK_SECRET`, ... Only
    /// `APP_ORIGINS` adds to it: the shop's own origins stay allowed.
    pub variables: BTreeMap<String, String>,
    /// The time that the functions and the Stripe stand-in share, and that `StandIn::advance` moves.
    pub clock: Clock,
}

impl Options {
    /// Everything in memory, the stand-in for Stripe, the project's own catalog.
    pub fn ephemeral() -> Self {
        Self {
            data_dir: None,
            catalog: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../catalog.yaml")),
            stripe: StripeBackend::StandIn,
            dynamodb_endpoint: None,
            functions_dynamodb_url: None,
            functions_stripe_url: None,
            variables: BTreeMap::new(),
            clock: Clock::default(),
        }
    }

    /// The same, with one variable of the functions set.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// Shows no values of variables: some of them are secrets.
impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("data_dir", &self.data_dir)
            .field("catalog", &self.catalog)
            .field("stripe", &self.stripe)
            .field("dynamodb_endpoint", &self.dynamodb_endpoint)
            .field("functions_dynamodb_url", &self.functions_dynamodb_url)
            .field("functions_stripe_url", &self.functions_stripe_url)
            .field("clock", &self.clock)
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .finish()
    }
}
