//! All parts, started in the order in which they need each other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use shared::config::Lookup;
use shared::store::{Store, StoreConfig, table};

use crate::functions::Deployed;
use crate::gateway::{Authorizer, Cors, Gateway, Routes};
use crate::identity::{self, Identity, SigningKey};
use crate::servers::Servers;
use crate::stripe::StandIn;
use crate::stripe_side::Connected;
use crate::{Listeners, Options, StartError, Urls, dynamodb, function_url, functions, stripe_side, web};

/// The audience of the tokens: the id of the app client in a Cognito pool.
const AUDIENCE: &str = "tuition-local";

/// A running stack. Dropping it stops it without waiting; [`Stack::shutdown`] lets running requests finish.
pub struct Stack {
    urls: Urls,
    identity: Identity,
    stripe: Connected,
    servers: Servers,
}

impl Stack {
    /// Starts every part on `listeners`: `Listeners::bind(Ports::free())` for a stack beside others.
    ///
    /// # Errors
    /// [`StartError`] says what is missing or in the way.
    pub async fn start(listeners: Listeners, options: Options) -> Result<Self, StartError> {
        let mut urls = listeners.urls().clone();
        urls.stripe = stripe_side::url(&urls.stripe, &options.stripe);
        let mut servers = Servers::new();
        if let Some(directory) = &options.data_dir {
            create(directory)?;
        }
        match &options.dynamodb_endpoint {
            Some(endpoint) => urls.dynamodb.clone_from(endpoint),
            None => dynamodb::serve(&mut servers, listeners.dynamodb, options.data_dir.as_deref())?,
        }
        let identity = Identity::new(&urls.identity, AUDIENCE, signing_key(options.data_dir.as_deref())?);
        let provider = identity::router(identity.clone(), &origins(&urls));
        servers.serve("the identity provider", listeners.identity, provider);
        let stripe = stripe_side::connect(&mut servers, listeners.stripe, &urls, &options)?;

        let deployed = deploy(&urls, &stripe, &options).await?;
        let gateway = Gateway {
            routes: Routes::new(deployed.api)?,
            authorizer: Authorizer::new(&urls.identity, AUDIENCE),
            cors: Cors { origins: origins(&urls) },
        };
        servers.serve("API Gateway", listeners.api, gateway.router());
        servers.serve("the function URL", listeners.webhook, function_url::router(deployed.webhook));
        servers.serve("the web page", listeners.web, web::router(&urls));
        Ok(Self { urls, identity, stripe, servers })
    }

    /// Where each part is.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The identity provider, to sign people in, or to mint the odd token.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The Stripe stand-in, unless Stripe itself is used.
    pub fn stand_in(&self) -> Option<&StandIn> {
        self.stripe.stand_in.as_ref()
    }

    /// The secret that signs the webhook's events.
    pub fn webhook_secret(&self) -> &str {
        &self.stripe.webhook_secret
    }

    /// The key for Stripe's API.
    pub fn stripe_key(&self) -> &str {
        &self.stripe.secret_key
    }

    /// Stops delivering webhooks and accepting requests, lets running ones finish, and returns when everything has
    /// stopped.
    pub async fn shutdown(self) {
        if let Some(stand_in) = &self.stripe.stand_in {
            stand_in.shutdown().await;
        }
        self.servers.shutdown().await;
    }
}

/// Creates the table and starts the functions on it.
async fn deploy(urls: &Urls, stripe: &Connected, options: &Options) -> Result<Deployed, StartError> {
    let variables = variables(urls, stripe, options);
    let find = |name: &str| variables.get(name).cloned();
    let lookup = Lookup::new(&find);
    let store = Store::new(&dynamodb::sdk_config(&urls.dynamodb), &StoreConfig::from_lookup(&lookup)?);
    table::create_if_missing(store.client(), store.table()).await?;
    let functions_dynamodb = options.functions_dynamodb_url.as_deref().unwrap_or(&urls.dynamodb);
    functions::start(&dynamodb::sdk_config(functions_dynamodb), &lookup).await
}

/// The web page's origins: people type both names of this machine.
fn origins(urls: &Urls) -> Vec<String> {
    vec![urls.web.clone(), urls.web.replace("127.0.0.1", "localhost")]
}

fn create(directory: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(directory)
        .map_err(|source| StartError::Directory { directory: directory.to_owned(), source })
}

fn signing_key(data_dir: Option<&Path>) -> Result<Arc<SigningKey>, StartError> {
    Ok(match data_dir {
        Some(directory) => Arc::new(SigningKey::load_or_create(&directory.join("identity_key.pem"))?),
        None => SigningKey::of_this_process()?,
    })
}

/// The environment of the functions.
fn variables(urls: &Urls, stripe: &Connected, options: &Options) -> BTreeMap<String, String> {
    let api_base = options.functions_stripe_url.as_ref().unwrap_or(&stripe.api_base);
    let own = [
        ("APP_ORIGINS", origins(urls).join(",")),
        ("STRIPE_API_BASE", api_base.clone()),
        ("STRIPE_SECRET_KEY", stripe.secret_key.clone()),
        ("STRIPE_WEBHOOK_SECRET", stripe.webhook_secret.clone()),
    ];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
    own.chain(options.variables.clone()).collect()
}
