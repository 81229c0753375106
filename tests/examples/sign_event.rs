//! Prints an event of `events/webhook` as one of now, signed, for `sam local invoke` and `cargo lambda invoke`:
//! `cargo run -q -p tests --example sign_event -- events/webhook/refund.created.json > event.json`
//!
//! Signs with `STRIPE_WEBHOOK_SECRET`, or with the development secret that the files are signed with.

use std::error::Error;

use jiff::Timestamp;
use serde_json::Value;

#[path = "../it/deploy/sample_events/signature.rs"]
mod signature;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("Name the file: events/webhook/refund.created.json")?;
    let secret = std::env::var("STRIPE_WEBHOOK_SECRET").unwrap_or_else(|_| signature::DEVELOPMENT_SECRET.to_owned());
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let now = Timestamp::now();
    // Of an event that is older than an hour Stripe would be asked, and it knows none of the ids in the files.
    let mut body: Value = serde_json::from_str(event["body"].as_str().ok_or("It has no body")?)?;
    body["created"] = now.as_second().into();
    event["body"] = body.to_string().into();
    signature::sign(&mut event, &secret, now);
    println!("{event:#}");
    Ok(())
}
