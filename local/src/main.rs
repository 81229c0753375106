//! `make run`, or `cargo run -p local`: all of Tuition on this machine.

mod args;
mod terminal_output;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use local::{Listeners, Stack};
use tracing_subscriber::EnvFilter;

use args::Args;

const RECONCILE_INTERVAL: Duration = Duration::from_secs(15 * 60);

fn main() -> ExitCode {
    match run_with_environment() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The local stack cannot start: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_with_environment() -> anyhow::Result<()> {
    // Before any thread starts, and before clap reads the environment.
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(error) if error.not_found() => {}
        Err(error) => return Err(error).context("the file .env cannot be read"),
    }
    let args = Args::parse();
    // stdout is for the start screen. The functions' logs go to stderr, warnings and errors only.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,dynoxide=error"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(args))
}

/// Runs `reconcile` as often as on AWS.
async fn reconcile_regularly(stack: &Stack) {
    loop {
        if let Err(error) = stack.reconcile().await {
            tracing::warn!(%error, "the events that the webhook missed cannot be read");
        }
        tokio::time::sleep(RECONCILE_INTERVAL).await;
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let (ports, options) = args.into_options(std::env::vars())?;
    let stack = Stack::start(Listeners::bind(ports).await?, options).await?;
    terminal_output::print_start_screen(&stack);
    tokio::select! {
        () = terminal_output::follow_deliveries(&stack) => {}
        () = reconcile_regularly(&stack) => {}
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    anstream::println!("\nStopping.");
    stack.shutdown().await;
    Ok(())
}
