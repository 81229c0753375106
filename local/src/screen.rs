//! What the terminal shows: where everything is, what to try, and every webhook as it is delivered.

use anstyle::{AnsiColor, Style};
use jiff::Zoned;
use local::Stack;
use local::stripe::Delivery;
use tokio::sync::broadcast::error::RecvError;

const TITLE: Style = Style::new().bold();
const ADDRESS: Style = AnsiColor::Cyan.on_default();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// The start screen.
pub(crate) fn print(stack: &Stack) {
    anstream::println!("\n  {TITLE}Tuition{TITLE:#}  {QUIET}everything on this machine; Ctrl-C stops it{QUIET:#}\n");
    print_addresses(stack);
}

fn print_addresses(stack: &Stack) {
    let urls = stack.urls();
    let stripe = match stack.stand_in() {
        Some(_) => "Stripe: API, payment page, dashboard",
        None => "Stripe itself, in test mode",
    };
    let parts = [
        (&urls.web, "the web page: start here"),
        (&urls.api, "API Gateway, with the functions behind it"),
        (&urls.webhook, "the webhook's function URL"),
        (&urls.identity, "the identity provider"),
        (&urls.stripe, stripe),
        (&urls.dynamodb, "DynamoDB, for any client"),
    ];
    for (url, what) in parts {
        anstream::println!("  {ADDRESS}{url:<24}{ADDRESS:#}  {what}");
    }
}

/// Prints one line for each attempt to deliver a webhook, for as long as the stack runs.
pub(crate) async fn follow_deliveries(stack: &Stack) {
    let Some(stand_in) = stack.stand_in() else { return std::future::pending().await };
    let mut deliveries = stand_in.deliveries();
    anstream::println!("\n  {TITLE}Webhooks{TITLE:#}  {QUIET}as they are delivered{QUIET:#}\n");
    loop {
        match deliveries.recv().await {
            Ok(delivery) => print_delivery(&delivery),
            Err(RecvError::Lagged(missed)) => anstream::println!("  {QUIET}... and {missed} more{QUIET:#}"),
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn print_delivery(delivery: &Delivery) {
    let Delivery { event, event_type, attempt, result, .. } = delivery;
    let time = Zoned::now().strftime("%H:%M:%S");
    let (style, outcome) = match result {
        Ok(status @ 200..300) => (GOOD, status.to_string()),
        Ok(status) => (BAD, status.to_string()),
        Err(reason) => (BAD, reason.clone()),
    };
    anstream::println!(
        "  {QUIET}{time}{QUIET:#}  {event_type:<42}  {QUIET}{event}{QUIET:#}  {style}{outcome}{style:#}  {QUIET}attempt {attempt}{QUIET:#}"
    );
}
