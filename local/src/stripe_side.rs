//! Whoever plays Stripe, connected: where its API is, and the secrets that functions and events are trusted by.

use secrecy::ExposeSecret;
use tokio::net::TcpListener;

use crate::servers::Servers;
use crate::stripe::{self, StandIn};
use crate::{Options, StartError, StripeSide, Urls};

/// Stripe's own address.
const STRIPE_API: &str = "https://api.stripe.com";

/// Any test key opens the stand-in.
const STAND_IN_KEY: &str = "sk_test_tuition";

/// A Stripe that answers.
pub(crate) struct Connected {
    pub(crate) stand_in: Option<StandIn>,
    pub(crate) api_base: String,
    pub(crate) secret_key: String,
    pub(crate) webhook_secret: String,
}

/// Starts the stand-in on `listener` with the function URL as its webhook endpoint, or points to Stripe itself.
pub(crate) fn connect(
    servers: &mut Servers,
    listener: TcpListener,
    urls: &Urls,
    options: &Options,
) -> Result<Connected, StartError> {
    match &options.stripe {
        StripeSide::StandIn => {
            let file = options.data_dir.as_ref().map(|directory| directory.join("stripe.sqlite"));
            let stand_in = StandIn::open(stripe::Options { file, public_url: urls.stripe.clone() })?;
            servers.serve("the Stripe stand-in", listener, stand_in.router());
            let webhook_secret = stand_in.ensure_webhook_endpoint(&format!("{}/", urls.webhook))?;
            Ok(Connected {
                stand_in: Some(stand_in),
                api_base: urls.stripe.clone(),
                secret_key: STAND_IN_KEY.to_owned(),
                webhook_secret,
            })
        }
        StripeSide::Real { secret_key, webhook_secret } => Ok(Connected {
            stand_in: None,
            api_base: STRIPE_API.to_owned(),
            secret_key: secret_key.expose_secret().to_owned(),
            webhook_secret: webhook_secret.expose_secret().to_owned(),
        }),
    }
}

/// Where Stripe's API is, for people.
pub(crate) fn url(listening: &str, side: &StripeSide) -> String {
    match side {
        StripeSide::StandIn => listening.to_owned(),
        StripeSide::Real { .. } => STRIPE_API.to_owned(),
    }
}
