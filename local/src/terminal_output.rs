//! The output on the terminal: the addresses, what to try, and every webhook delivery.

use anstream::println;
use anstyle::{AnsiColor, Style};
use jiff::Zoned;
use local::test_payments::{BANK_DEBIT, CARDS};
use local::{Stack, walkthrough};
use stripe_stand_in::DeliveryAttempt;
use tokio::sync::broadcast::error::RecvError;

const TITLE: Style = Style::new().bold();
const ADDRESS: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();
const SUCCESS: Style = AnsiColor::Green.on_default();
const FAILURE: Style = AnsiColor::Red.on_default().bold();

/// Prints the start screen.
pub(crate) fn print_start_screen(stack: &Stack) {
    println!("\n  {TITLE}Tuition{TITLE:#}  {DIM}everything on this machine; Ctrl-C stops it{DIM:#}\n");
    print_addresses(stack);
    if stack.stand_in().is_none() {
        return print_listen_command(stack);
    }
    if let Some(lines) = walkthrough::purchase_script(stack) {
        print_purchase(&lines);
    }
    print_cards();
}

fn print_addresses(stack: &Stack) {
    let urls = stack.urls();
    let stripe = match stack.stand_in() {
        Some(_) => "Stripe: its API, the payment page, a dashboard",
        None if urls.stripe == "https://api.stripe.com" => "Stripe's own API, in test mode",
        None => "Stripe's API, by STRIPE_API_BASE",
    };
    let shop = if stack.has_shop() { "the shop; start here" } else { "the shop, which is not built: that needs Node" };
    let parts = [
        (&urls.web, shop),
        (&urls.api, "API Gateway, with the functions behind it"),
        (&urls.webhook, "the function URL of the webhook"),
        (&urls.identity, "the identity provider"),
        (&urls.stripe, stripe),
        (&urls.dynamodb, "DynamoDB, for any client"),
    ];
    for (url, what) in parts {
        println!("  {ADDRESS}{url:<22}{ADDRESS:#}  {what}");
    }
    println!("\n  Learners: ada@example.com, grace@example.com or any other address.");
}

fn print_purchase(lines: &str) {
    println!("\n  {TITLE}Buy and refund a course from a terminal{TITLE:#}  {DIM}paste line by line{DIM:#}\n");
    for line in lines.lines() {
        let style = if line.starts_with('#') { DIM } else { Style::new() };
        println!("  {style}{line}{style:#}");
    }
}

fn print_cards() {
    println!("\n  {TITLE}Test cards{TITLE:#}  {DIM}any future date, any CVC{DIM:#}\n");
    for (number, what) in CARDS {
        println!("  {number}  {what}");
    }
    println!("  {:<19}  {}", "bank debit", BANK_DEBIT);
}

fn print_listen_command(stack: &Stack) {
    let webhook = &stack.urls().webhook;
    println!("\n  {TITLE}Stripe's events{TITLE:#}  {DIM}keep this running in another terminal{DIM:#}\n");
    println!("  stripe listen --forward-to {webhook}/");
}

/// Prints one line for each attempt to deliver a webhook, for as long as the stack runs.
pub(crate) async fn follow_deliveries(stack: &Stack) {
    let Some(stand_in) = stack.stand_in() else { return std::future::pending().await };
    let mut deliveries = stand_in.deliveries();
    println!("\n  {TITLE}Webhooks{TITLE:#}  {DIM}as they are delivered{DIM:#}\n");
    loop {
        match deliveries.recv().await {
            Ok(delivery) => print_delivery(&delivery),
            Err(RecvError::Lagged(missed)) => println!("  {DIM}... and {missed} more{DIM:#}"),
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn print_delivery(delivery: &DeliveryAttempt) {
    let DeliveryAttempt { event, event_type, url, attempt, duration: took, result } = delivery;
    let millis = took.as_millis();
    let time = Zoned::now().strftime("%H:%M:%S");
    let (style, outcome) = match result {
        Ok(status @ 200..300) => (SUCCESS, status.to_string()),
        Ok(status) => (FAILURE, status.to_string()),
        Err(reason) => (FAILURE, format!("{reason}: {url}")),
    };
    println!(
        "  {DIM}{time}{DIM:#}  {event_type:<40}  {event}  {style}{outcome}{style:#}  {DIM}{millis:>4} ms  attempt {attempt}{DIM:#}"
    );
}
