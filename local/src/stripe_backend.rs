//! The Stripe that the stack uses: its API key and its webhook secret.

use secrecy::{ExposeSecret, SecretString};
use stripe_stand_in::{Clock, StandIn};
use tokio::net::TcpListener;

use crate::error::StartError;
use crate::options::{Options, StripeBackend};
use crate::ports::Urls;
use crate::servers::Servers;

/// The URL of Stripe itself.
const STRIPE_API: &str = "https://api.stripe.com";

/// The API key for the stand-in, which accepts any test key. It is not a key of Stripe's.
pub const STAND_IN_KEY: &str = "sk_test_tuition";

/// The key for the browser, which the stand-in accepts as any other test key.
pub(crate) const STAND_IN_PUBLISHABLE_KEY: &str = "pk_test_tuition";

/// The connected Stripe.
pub(crate) enum ConnectedStripe {
    StandIn(StandIn),
    Stripe { secret_key: SecretString, webhook_secret: SecretString },
}

/// Starts the stand-in on `listener`, or sets the Stripe URL to Stripe itself or to `STRIPE_API_BASE`.
pub(crate) fn connect(
    servers: &mut Servers,
    listener: TcpListener,
    urls: &mut Urls,
    options: &Options,
) -> Result<ConnectedStripe, StartError> {
    match &options.stripe {
        StripeBackend::StandIn => {
            let file = options.data_dir.as_ref().map(|directory| directory.join("stripe.sqlite"));
            // The functions and the stand-in share the clock's offset.
            let clock = Clock::from_offset(options.clock.shared_offset());
            let public_url = urls.stripe.clone();
            let stand_in = StandIn::open(stripe_stand_in::Options { file, public_url, clock })?;
            servers.serve("the Stripe stand-in", listener, stand_in.router());
            Ok(ConnectedStripe::StandIn(stand_in))
        }
        StripeBackend::Stripe { secret_key, webhook_secret } => {
            // The functions read the variable, so the start screen shows the same address.
            let base = options.variables.get("STRIPE_API_BASE").map_or(STRIPE_API, |base| base.trim_end_matches('/'));
            base.clone_into(&mut urls.stripe);
            Ok(ConnectedStripe::Stripe { secret_key: secret_key.clone(), webhook_secret: webhook_secret.clone() })
        }
    }
}

impl ConnectedStripe {
    pub(crate) fn stand_in(&self) -> Option<&StandIn> {
        match self {
            Self::StandIn(stand_in) => Some(stand_in),
            Self::Stripe { .. } => None,
        }
    }

    pub(crate) fn secret_key(&self) -> &str {
        match self {
            Self::StandIn(_) => STAND_IN_KEY,
            Self::Stripe { secret_key, .. } => secret_key.expose_secret(),
        }
    }

    /// The publishable key of the stand-in. That of an account at Stripe is a variable.
    pub(crate) fn publishable_key(&self) -> Option<&'static str> {
        self.stand_in().map(|_| STAND_IN_PUBLISHABLE_KEY)
    }

    /// Starts webhook deliveries of the stand-in to `webhook_url`, and returns the signing secret. Stripe itself
    /// needs `stripe listen`.
    pub(crate) fn start_webhooks(&self, webhook_url: &str) -> Result<String, StartError> {
        match self {
            Self::StandIn(stand_in) => Ok(stand_in.ensure_webhook_endpoint(&format!("{webhook_url}/"))?),
            Self::Stripe { webhook_secret, .. } => Ok(webhook_secret.expose_secret().to_owned()),
        }
    }
}
