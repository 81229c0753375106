//! All parts of the stack, started in the order of their dependencies.

use std::collections::BTreeMap;
use std::sync::Arc;

use cli::catalog::CatalogFile;
use shared::clock::Clock;
use shared::config::Lookup;
use shared::fulfil::Context;
use shared::fulfil::reconcile::{ReconcileError, ReconcileReport};
use shared::store::{Store, StoreConfig, table};
use shared::stripe::{StripeClient, StripeConfig};
use stripe_stand_in::StandIn;

use crate::data_dir::DataDir;
use crate::error::StartError;
use crate::functions::DeployedFunctions;
use crate::gateway::{Authorizer, Cors, Gateway, Routes};
use crate::identity::{self, IdentityProvider, SigningKey};
use crate::lambda::Function;
use crate::options::Options;
use crate::ports::{Listeners, Urls};
use crate::servers::Servers;
use crate::stripe_backend::ConnectedStripe;
use crate::web::StripeForShop;
use crate::{dynamodb, function_url, functions, origins, seed, stripe_backend, web};

/// The client that the shop signs learners in with: the id of an app client in a Cognito pool.
const WEB_CLIENT: &str = "tuition-local";

/// The client that a GPT signs learners in with. It sends access tokens.
pub const CHATGPT_CLIENT: &str = "tuition-local-chatgpt";

/// A running stack. Dropping it stops it without waiting. [`Stack::shutdown`] lets running requests finish.
pub struct Stack {
    urls: Urls,
    catalog: CatalogFile,
    identity: IdentityProvider,
    stripe: ConnectedStripe,
    webhook_secret: String,
    store: Store,
    reconcile: reconcile::State,
    clock: Clock,
    has_shop: bool,
    servers: Servers,
    /// Last, so that it is unlocked when nothing writes any more.
    _data_dir: Option<DataDir>,
}

impl Stack {
    /// Starts every part on `listeners`: `Listeners::bind(Ports::free())` for a stack beside others.
    ///
    /// # Errors
    /// [`StartError`] says what is missing or in the way.
    pub async fn start(listeners: Listeners, options: Options) -> Result<Self, StartError> {
        let mut urls = listeners.urls().clone();
        let mut servers = Servers::new();
        let origins = origins::allowed_origins(&urls, &options)?;
        let data_dir = options.data_dir.as_deref().map(DataDir::lock).transpose()?;
        match &options.dynamodb_endpoint {
            Some(endpoint) => urls.dynamodb.clone_from(endpoint),
            None => dynamodb::serve(&mut servers, listeners.dynamodb, options.data_dir.as_deref())?,
        }
        let identity = IdentityProvider::new(&urls.identity, WEB_CLIENT, signing_key(data_dir.as_ref())?);
        let provider = identity::router(identity.clone(), &origins);
        servers.serve("the identity provider", listeners.identity, provider);
        let stripe = stripe_backend::connect(&mut servers, listeners.stripe, &mut urls, &options)?;

        let mut variables = variables(&urls, &stripe, &options, &origins);
        let catalog = seed::read_catalog(&options.catalog)?;
        let store = prepare_catalog(&urls, &variables, &catalog).await?;
        // Only now, so that the functions receive no events about the catalog's products.
        let webhook_secret = stripe.start_webhooks(&urls.webhook)?;
        variables.entry("STRIPE_WEBHOOK_SECRET".to_owned()).or_insert_with(|| webhook_secret.clone());
        let stripe_for_shop = StripeForShop {
            dashboard_url: stripe.stand_in().map(|_| urls.stripe.clone()),
            publishable_key: variables.get("STRIPE_PUBLISHABLE_KEY").filter(|key| !key.is_empty()).cloned(),
        };
        let deployed = start_functions(&urls, variables, &options).await?;
        servers.serve("API Gateway", listeners.api, gateway(deployed.api, &urls, origins)?.router());
        servers.serve("the function URL", listeners.webhook, function_url::router(deployed.webhook));
        let reconcile = deployed.reconcile;
        servers.serve("the shop", listeners.web, web::router(&urls, WEB_CLIENT, stripe_for_shop, &options.web_dir));
        let clock = options.clock;
        Ok(Self {
            urls,
            catalog,
            identity,
            stripe,
            webhook_secret,
            store,
            reconcile,
            clock,
            has_shop: web::is_built(&options.web_dir),
            servers,
            _data_dir: data_dir,
        })
    }

    /// The URL of each part.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The catalog file.
    pub fn catalog(&self) -> &CatalogFile {
        &self.catalog
    }

    /// The identity provider, for signing in and for custom tokens.
    pub fn identity(&self) -> &IdentityProvider {
        &self.identity
    }

    /// The Stripe stand-in, unless Stripe itself is used.
    pub fn stand_in(&self) -> Option<&StandIn> {
        self.stripe.stand_in()
    }

    /// The API key for Stripe.
    pub fn stripe_key(&self) -> &str {
        self.stripe.secret_key()
    }

    /// The secret that signs webhook deliveries.
    pub fn webhook_secret(&self) -> &str {
        &self.webhook_secret
    }

    /// The store, without a proxy.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the shop was built when the stack started.
    pub fn has_shop(&self) -> bool {
        self.has_shop
    }

    /// Runs the function that a schedule calls on AWS.
    ///
    /// # Errors
    /// When Stripe's list of events or the table cannot be read.
    pub async fn reconcile(&self) -> Result<ReconcileReport, ReconcileError> {
        reconcile::run(&self.reconcile).await
    }

    /// The clock of the functions and the Stripe stand-in. `StandIn::advance` moves it and runs what is due. Tokens
    /// use the machine's time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Stops delivering webhooks and accepting requests, and waits for running ones.
    pub async fn shutdown(self) {
        if let Some(stand_in) = self.stripe.stand_in() {
            stand_in.shutdown().await;
        }
        self.servers.shutdown().await;
    }
}

fn signing_key(data_dir: Option<&DataDir>) -> Result<Arc<SigningKey>, StartError> {
    Ok(match data_dir {
        Some(directory) => Arc::new(SigningKey::load_or_create(&directory.path().join("identity_key.pem"))?),
        None => SigningKey::shared_in_process()?,
    })
}

/// The variables of the functions and of the operator's tool.
fn variables(urls: &Urls, stripe: &ConnectedStripe, options: &Options, origins: &[String]) -> BTreeMap<String, String> {
    let own = [
        ("API_BASE_URL", urls.api.clone()),
        ("JWT_ISSUER", urls.identity.clone()),
        ("STRIPE_API_BASE", urls.stripe.clone()),
        ("STRIPE_SECRET_KEY", stripe.secret_key().to_owned()),
    ];
    let publishable_key = stripe.publishable_key().map(|key| ("STRIPE_PUBLISHABLE_KEY", key.to_owned()));
    let own = own.into_iter().chain(publishable_key).map(|(name, value)| (name.to_owned(), value));
    own.chain(options.variables.clone()).chain([origins::to_variable(origins)]).collect()
}

/// Creates the table, and fills Stripe and the table with the catalog.
async fn prepare_catalog(
    urls: &Urls,
    variables: &BTreeMap<String, String>,
    catalog: &CatalogFile,
) -> Result<Store, StartError> {
    let find = |name: &str| variables.get(name).cloned();
    let lookup = Lookup::new(&find);
    let config = StripeConfig::from_lookup(&lookup)?;
    let store = Store::new(&dynamodb::sdk_config(&urls.dynamodb), &StoreConfig::from_lookup(&lookup)?);
    table::create_if_missing(store.client(), store.table()).await?;
    let context = Context::new(&config, StripeClient::new(&config)?, store.clone());
    seed::push_and_sync(&context, catalog).await?;
    Ok(store)
}

/// Starts the functions, with proxies if the options have them.
async fn start_functions(
    urls: &Urls,
    mut variables: BTreeMap<String, String>,
    options: &Options,
) -> Result<DeployedFunctions, StartError> {
    if let Some(proxy) = &options.functions_stripe_url {
        variables.insert("STRIPE_API_BASE".to_owned(), proxy.clone());
    }
    let dynamodb = options.functions_dynamodb_url.as_deref().unwrap_or(&urls.dynamodb);
    let find = |name: &str| variables.get(name).cloned();
    functions::start(&dynamodb::sdk_config(dynamodb), &Lookup::new(&find), &options.clock).await
}

fn gateway(functions: Vec<Function>, urls: &Urls, origins: Vec<String>) -> Result<Gateway, StartError> {
    Ok(Gateway {
        routes: Routes::new(functions)?,
        authorizer: Authorizer::new(&urls.identity, &[WEB_CLIENT, CHATGPT_CLIENT]),
        cors: Cors { origins },
    })
}
