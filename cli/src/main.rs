//! `tuition`, the operator's tool.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use cli::catalog::{self, CatalogFile};
use shared::config::{Lookup, environment};
use shared::fulfil;
use shared::store::{Store, StoreConfig};
use shared::stripe::{StripeClient, StripeConfig};

/// Operates an installation of Tuition. Reads STRIPE_SECRET_KEY, STRIPE_TEST_MODE, STRIPE_API_BASE, APP_ID and TABLE_NAME,
/// and the AWS SDK's variables (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL_DYNAMODB, ..).
#[derive(Parser)]
#[command(name = "tuition", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What is sold, and what it opens.
    #[command(subcommand)]
    Catalog(CatalogCommand),
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
    let Command::Catalog(command) = command;
    match command {
        CatalogCommand::Push { file } => push(&file).await,
        CatalogCommand::Sync { file } => sync(&file).await,
        CatalogCommand::Show => show().await,
    }
}

async fn push(file: &Path) -> Result<()> {
    let file = read(file)?;
    let config = StripeConfig::from_lookup(&Lookup::new(&environment))?;
    let done = catalog::push(&StripeClient::new(&config)?, &config.app, &file).await?;
    done.iter().for_each(|done| println!("{done}"));
    if done.is_empty() {
        println!("Stripe has it all already.");
    }
    Ok(())
}

async fn sync(file: &Path) -> Result<()> {
    let file = read(file)?;
    let lookup = Lookup::new(&environment);
    let config = StripeConfig::from_lookup(&lookup)?;
    let store = Store::from_environment(&StoreConfig::from_lookup(&lookup)?).await;
    let context = fulfil::Context { store, stripe: StripeClient::new(&config)?, app: config.app };
    catalog::sync(&context, &file).await?;
    print_catalog(&context.store).await
}

async fn show() -> Result<()> {
    let store = Store::from_environment(&StoreConfig::from_lookup(&Lookup::new(&environment))?).await;
    print_catalog(&store).await
}

async fn print_catalog(store: &Store) -> Result<()> {
    let catalog = store.catalog().await?;
    print!("{}", catalog::render(&catalog));
    Ok(())
}

fn read(path: &Path) -> Result<CatalogFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    CatalogFile::parse(&text).with_context(|| format!("{} cannot be used", path.display()))
}
