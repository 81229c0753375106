//! What the handlers share.

use shared::config::{ConfigError, Lookup, environment};
use shared::http::AppOrigins;

use crate::api::Api;
use crate::config::Config;
use crate::server::{self, McpService};

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    pub(crate) api: Api,
    pub(crate) issuer: String,
    pub(crate) origins: AppOrigins,
    pub(crate) service: McpService,
}

impl State {
    /// The state of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            api: Api::new(config.api_base_url.clone()),
            issuer: config.issuer.clone(),
            origins: config.origins.clone(),
            service: server::service(),
        }
    }

    /// The state as the environment describes it.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Ok(Self::new(&Config::from_lookup(&Lookup::new(&environment))?))
    }
}
