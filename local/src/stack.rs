//! All parts, started in the order in which they need each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use shared::config::Lookup;
use shared::store::{Store, StoreConfig, table};

use crate::gateway::{Authorizer, Cors, Gateway, Routes};
use crate::identity::{self, Identity, SigningKey};
use crate::servers::Servers;
use crate::{Listeners, Options, StartError, Urls, dynamodb, function_url, functions, web};

/// The audience of the tokens: the id of the app client in a Cognito pool.
const AUDIENCE: &str = "tuition-local";

/// A running stack. Dropping it stops it without waiting; [`Stack::shutdown`] lets running requests finish.
pub struct Stack {
    urls: Urls,
    identity: Identity,
    servers: Servers,
}

impl Stack {
    /// Starts every part on `listeners`: `Listeners::bind(Ports::free())` for a stack beside others.
    ///
    /// # Errors
    /// [`StartError`] says what is missing or in the way.
    pub async fn start(listeners: Listeners, options: Options) -> Result<Self, StartError> {
        let urls = urls(&listeners, &options);
        let mut servers = Servers::new();
        if let Some(directory) = &options.data_dir {
            create(directory)?;
        }
        if options.dynamodb_endpoint.is_none() {
            let file = options.data_dir.as_ref().map(|directory| directory.join("dynamodb.sqlite"));
            dynamodb::serve(&mut servers, listeners.dynamodb, file.as_deref())?;
        }
        let origins = origins(&urls);
        let identity = Identity::new(&urls.identity, AUDIENCE, signing_key(options.data_dir.as_deref())?);
        servers.serve("the identity provider", listeners.identity, identity::router(identity.clone(), &origins));

        let variables = variables(&urls, &options);
        let find = |name: &str| variables.get(name).cloned();
        let lookup = Lookup::new(&find);
        let store = Store::new(&dynamodb::sdk_config(&urls.dynamodb), &StoreConfig::from_lookup(&lookup)?);
        table::create_if_missing(store.client(), store.table()).await?;

        let functions_dynamodb = options.functions_dynamodb_url.as_deref().unwrap_or(&urls.dynamodb);
        let deployed = functions::start(&dynamodb::sdk_config(functions_dynamodb), &lookup).await?;
        let gateway = Gateway {
            routes: Routes::new(deployed.api)?,
            authorizer: Authorizer::new(&urls.identity, AUDIENCE),
            cors: Cors { origins },
        };
        servers.serve("API Gateway", listeners.api, gateway.router());
        servers.serve("the function URL", listeners.webhook, function_url::router(deployed.webhook));
        servers.serve("the web page", listeners.web, web::router(&urls));
        Ok(Self { urls, identity, servers })
    }

    /// Where each part is.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The identity provider, to sign people in, or to mint the odd token.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Stops accepting requests, lets running ones finish, and returns when everything has stopped.
    pub async fn shutdown(self) {
        self.servers.shutdown().await;
    }
}

/// The listeners' addresses, and the addresses of what is not ours.
fn urls(listeners: &Listeners, options: &Options) -> Urls {
    let mut urls = listeners.urls().clone();
    if let Some(endpoint) = &options.dynamodb_endpoint {
        urls.dynamodb.clone_from(endpoint);
    }
    urls
}

/// The web page's origins: people type both names of this machine.
fn origins(urls: &Urls) -> Vec<String> {
    vec![urls.web.clone(), urls.web.replace("127.0.0.1", "localhost")]
}

fn create(directory: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(directory)
        .map_err(|source| StartError::Directory { directory: PathBuf::from(directory), source })
}

fn signing_key(data_dir: Option<&Path>) -> Result<Arc<SigningKey>, StartError> {
    Ok(match data_dir {
        Some(directory) => Arc::new(SigningKey::load_or_create(&directory.join("identity_key.pem"))?),
        None => SigningKey::of_this_process()?,
    })
}

/// The environment of the functions.
fn variables(urls: &Urls, options: &Options) -> BTreeMap<String, String> {
    let stripe = options.functions_stripe_url.as_ref().unwrap_or(&urls.stripe);
    let own = [("APP_ORIGINS", origins(urls).join(",")), ("STRIPE_API_BASE", stripe.clone())];
    let mut variables: BTreeMap<String, String> =
        own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    variables.extend(options.variables.clone());
    variables
}
