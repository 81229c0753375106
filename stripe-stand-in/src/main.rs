//! The stand-in as a program: `stripe-stand-in --webhook http://localhost:3000/webhook`.

use std::error::Error;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use stripe_stand_in::{API_VERSION, Chaos, Clock, DeliveryAttempt, DeliveryRetrySchedule, Options, StandIn};
use tokio::net::TcpListener;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tracing_subscriber::filter::LevelFilter;

/// A stand-in for Stripe on this machine: its API, Checkout, the customer portal, webhooks and a dashboard.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// The port for the API and all pages; 0 picks a free one.
    #[arg(long, default_value_t = 12_111)]
    port: u16,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The URL that every event is sent to, such as http://localhost:3000/webhook.
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    webhook: Option<String>,
    /// The secret that signs the events. Without it, one is generated and printed.
    #[arg(long, value_name = "WHSEC", requires = "webhook", value_parser = parse_secret)]
    webhook_secret: Option<String>,
    /// The directory for the state. Without it, the state is in memory and lost at exit.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Failures of deliveries to simulate, such as
    /// seed=7,duplicate=0.1,reorder=0.05,delay=0..3600,drop=0.01,outage=10m.
    #[arg(long, value_name = "KEY=VALUE,...")]
    chaos: Option<Chaos>,
    /// The delays between the attempts to deliver an event, such as 1s,30s,10m,1h, or stripe, or none.
    #[arg(long, value_name = "DELAY,...")]
    retries: Option<DeliveryRetrySchedule>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).with_writer(std::io::stderr).init();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The Stripe stand-in cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((args.host, args.port)).await?;
    let address = listener.local_addr()?;
    let public_url = match address.ip() {
        ip if ip.is_loopback() || ip.is_unspecified() => format!("http://localhost:{}", address.port()),
        _ => format!("http://{address}"),
    };
    if let Some(directory) = &args.data {
        std::fs::create_dir_all(directory)?;
    }
    let file = args.data.map(|directory| directory.join("stripe.sqlite"));
    let stand_in = StandIn::open(Options { file, public_url: public_url.clone(), clock: Clock::default() })?;
    stand_in.set_chaos(args.chaos.as_ref())?;
    stand_in.set_delivery_retry_schedule(args.retries.as_ref())?;
    // Subscribe before printing the addresses: a caller may read them and send requests at once.
    let deliveries = stand_in.deliveries();
    println!("The Stripe stand-in implements API version {API_VERSION}. Ctrl-C stops it.\n");
    println!("API base        {public_url}");
    println!("Dashboard       {public_url}/");
    println!("API key         any of the form sk_test_...");
    if let Some(url) = &args.webhook {
        let secret = stand_in.ensure_signed_webhook_endpoint(url, args.webhook_secret.as_deref())?;
        println!("Webhook         {url}");
        println!("Webhook secret  {secret}");
    }
    if let Some(retries) = &args.retries {
        println!("Retries         {retries}");
    }
    if let Some(chaos) = &args.chaos {
        println!("Chaos           {chaos}");
    }
    println!();
    std::io::stdout().flush()?;
    tokio::select! {
        served = axum::serve(listener, stand_in.router()) => served?,
        () = print_deliveries(deliveries) => {}
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    stand_in.shutdown().await;
    Ok(())
}

/// Prints one line for each attempt to deliver an event.
async fn print_deliveries(mut deliveries: Receiver<DeliveryAttempt>) {
    loop {
        match deliveries.recv().await {
            Ok(DeliveryAttempt { event, event_type, attempt, result, .. }) => {
                let outcome = result.map_or_else(|reason| reason, |status| status.to_string());
                println!("{event_type:<40}  {event}  attempt {attempt}: {outcome}");
            }
            Err(RecvError::Lagged(missed)) => println!("... and {missed} more"),
            Err(RecvError::Closed) => return,
        }
    }
}

fn parse_url(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.to_owned());
    }
    Err("it must begin with http:// or https://".to_owned())
}

fn parse_secret(text: &str) -> Result<String, String> {
    if text.strip_prefix("whsec_").is_some_and(|rest| !rest.is_empty()) {
        return Ok(text.to_owned());
    }
    Err("it must begin with whsec_".to_owned())
}
