//! `tuition`, the operator's command-line tool.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use cli::catalog::{self, CatalogFile};
use cli::reconcile::parse_since;
use cli::webhook::{Parameter, Webhook};
use jiff::Timestamp;
use shared::config::{Lookup, environment};
use shared::domain::AppId;
use shared::fulfil;
use shared::fulfil::reconcile::ReconcileReport;
use shared::store::{Store, StoreConfig};
use shared::stripe::{StripeClient, StripeConfig};

/// Operates an installation of Tuition. Reads STRIPE_SECRET_KEY, STRIPE_TEST_MODE, STRIPE_API_BASE, APP_ID, TABLE_NAME and
/// DISPUTE_CANCELS_SUBSCRIPTION, and the AWS SDK's variables (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL_DYNAMODB, ..).
#[derive(Parser)]
#[command(name = "tuition", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Manage the catalog: courses, products and plans.
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Manage the endpoint that Stripe sends events to.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Inspect what learners have bought.
    #[command(subcommand)]
    Purchases(PurchasesCommand),
    /// Configure Stripe's customer portal: learners can change the payment method, see invoices and cancel, but not
    /// change plans. Safe to repeat.
    Portal,
    /// Apply the events that the webhook did not receive, from Stripe's list of events, and retry the error queue.
    /// Safe to repeat.
    Reconcile {
        /// Start at this day or time (UTC), at most 30 days ago; without it, continue where the last run stopped.
        #[arg(long, value_parser = parse_since)]
        since: Option<Timestamp>,
    },
}

#[derive(Subcommand)]
enum PurchasesCommand {
    /// List purchases of which everything is open by other purchases of the learner, too: bought twice, or also with a bundle.
    /// Reads the whole table.
    Duplicates,
}

#[derive(Subcommand)]
enum WebhookCommand {
    /// Create the endpoint for the deployed function URL, and store its signing secret.
    Create(WebhookArguments),
    /// Replace the signing secret. Run it once without --finish, restart the functions, and run it again with
    /// --finish.
    Rotate {
        #[command(flatten)]
        webhook: WebhookArguments,
        /// Remove the older endpoint and its secret.
        #[arg(long)]
        finish: bool,
    },
    /// List the problems of the endpoint.
    Check(WebhookArguments),
}

#[derive(clap::Args)]
struct WebhookArguments {
    /// The function URL: the output WebhookUrl of the stack.
    #[arg(long)]
    url: String,
    /// The SecureString in Parameter Store that the functions read the signing secrets from.
    #[arg(long, default_value = "/tuition/stripe-webhook-secret")]
    parameter: String,
}

#[derive(Subcommand)]
enum CatalogCommand {
    /// Create and update Stripe's products and prices from the file. Safe to repeat.
    Push {
        /// The file.
        #[arg(long, default_value = "catalog.yaml")]
        file: PathBuf,
    },
    /// Write the file's courses and Stripe's names and prices to the table. Safe to repeat.
    Sync {
        /// The file.
        #[arg(long, default_value = "catalog.yaml")]
        file: PathBuf,
    },
    /// Show what the table offers right now.
    Show,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tuition: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Catalog(CatalogCommand::Push { file }) => push_catalog(&file).await,
        Command::Catalog(CatalogCommand::Sync { file }) => sync_catalog(&file).await,
        Command::Catalog(CatalogCommand::Show) => show_catalog().await,
        Command::Webhook(command) => run_webhook_command(&command).await,
        Command::Purchases(PurchasesCommand::Duplicates) => list_duplicates().await,
        Command::Portal => configure_portal().await,
        Command::Reconcile { since } => reconcile(since).await,
    }
}

async fn run_webhook_command(command: &WebhookCommand) -> Result<()> {
    let (WebhookCommand::Create(arguments)
    | WebhookCommand::Rotate { webhook: arguments, .. }
    | WebhookCommand::Check(arguments)) = command;
    let WebhookArguments { url, parameter: name } = arguments;
    let (stripe, app) = connect()?;
    let parameter = Parameter::new(&cli::sdk_config().await, name);
    let webhook = Webhook { stripe: &stripe, app: &app, url, parameter: &parameter };
    match command {
        WebhookCommand::Create(_) => {
            webhook.create().await?;
            println!("Stripe sends its events to {url}; the secret is in {name}.");
            println!("Running functions read it when they start again.");
        }
        WebhookCommand::Rotate { finish: false, .. } => {
            webhook.begin_rotation().await?;
            println!("Both secrets are in {name}. Restart the webhook function, then run this with --finish.");
        }
        WebhookCommand::Rotate { finish: true, .. } => {
            webhook.finish_rotation().await?;
            println!("Only the new secret is in {name}.");
        }
        WebhookCommand::Check(_) => {
            let problems = webhook.problems().await?;
            problems.iter().for_each(|problem| println!("{problem}"));
            anyhow::ensure!(problems.is_empty(), "the endpoint has problems");
            println!("The endpoint has no problems.");
        }
    }
    Ok(())
}

fn connect() -> Result<(StripeClient, AppId)> {
    let config = StripeConfig::from_lookup(&Lookup::new(&environment))?;
    Ok((StripeClient::new(&config)?, config.app))
}

async fn push_catalog(file: &Path) -> Result<()> {
    let file = read_catalog(file)?;
    let (stripe, app) = connect()?;
    let changes = catalog::push(&stripe, &app, &file).await?;
    changes.iter().for_each(|changes| println!("{changes}"));
    if changes.is_empty() {
        println!("The catalog in Stripe is up to date.");
    }
    Ok(())
}

async fn sync_catalog(file: &Path) -> Result<()> {
    let file = read_catalog(file)?;
    let context = context().await?;
    catalog::sync(&context, &file).await?;
    print_catalog(&context.store).await
}

async fn list_duplicates() -> Result<()> {
    let duplicates = cli::purchases::find_duplicates(&open_store().await?).await?;
    if duplicates.is_empty() {
        println!("No duplicate purchases were found.");
    } else {
        println!("learner  product  purchase  charged  since: refund one of a learner's, and list them again");
        duplicates.iter().for_each(|duplicate| println!("{duplicate}"));
    }
    Ok(())
}

async fn configure_portal() -> Result<()> {
    let (stripe, app) = connect()?;
    let key = format!("{app}:portal:{}", Timestamp::now().as_millisecond());
    let configuration = shared::stripe::configure_portal(&stripe, &app, &key).await?;
    println!("The portal is configured: {configuration}.");
    Ok(())
}

async fn reconcile(since: Option<Timestamp>) -> Result<()> {
    let ReconcileReport { read, applied, failed, recovered, canceled, refunded, done_until, finished } =
        cli::reconcile::run(&context().await?, since).await?;
    anyhow::ensure!(finished, "not all events were read; run it again");
    println!("{read} events up to {done_until}: {applied} had not been received and are applied now.");
    if recovered > 0 {
        println!("{recovered} entries of the error queue are applied now.");
    }
    if canceled > 0 {
        println!("{canceled} payment intents were not paid in time, and are canceled.");
    }
    if refunded > 0 {
        println!("{refunded} refunds were approved before, and are made now.");
    }
    anyhow::ensure!(failed == 0, "{failed} events could not be applied; they are in the error queue");
    Ok(())
}

/// The fulfilment context from the environment's table and Stripe account.
async fn context() -> Result<fulfil::Context> {
    let config = StripeConfig::from_lookup(&Lookup::new(&environment))?;
    Ok(fulfil::Context::new(&config, StripeClient::new(&config)?, open_store().await?))
}

/// The store of the environment's table.
async fn open_store() -> Result<Store> {
    let config = StoreConfig::from_lookup(&Lookup::new(&environment))?;
    Ok(Store::new(&cli::sdk_config().await, &config))
}

async fn show_catalog() -> Result<()> {
    let store = open_store().await?;
    print_catalog(&store).await
}

async fn print_catalog(store: &Store) -> Result<()> {
    let catalog = store.catalog().await?;
    print!("{}", catalog::render(&catalog));
    Ok(())
}

fn read_catalog(path: &Path) -> Result<CatalogFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    CatalogFile::parse(&text).with_context(|| format!("{} cannot be used", path.display()))
}
