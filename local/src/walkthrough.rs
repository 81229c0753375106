//! What there is to try: test cards, and a purchase and its refund as shell lines with curl, for people to paste and
//! for a test to run.

use askama::Template;

use crate::{Stack, Urls};

/// The test cards that start screen, shop and README name, with what each does. The payment page knows more of them
/// (<https://docs.stripe.com/testing>).
pub const CARDS: &[(&str, &str)] = &[
    ("4242 4242 4242 4242", "pays"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has insufficient funds"),
    ("4000 0025 0000 3155", "asks for a 3-D Secure confirmation"),
    ("4000 0000 0000 0259", "pays, and the payment is disputed at once"),
    ("4000 0000 0000 5126", "pays; a refund succeeds and then fails, here at once"),
];

/// What a bank debit does, which the payment page offers beside cards.
pub const BANK_DEBIT: &str = "completes unpaid; the dashboard's buttons let the money arrive or fail";

#[derive(Template)]
#[template(path = "terminal/purchase.sh", escape = "none")]
struct Purchase<'a> {
    urls: &'a Urls,
    /// Key for Stripe's API.
    key: &'a str,
    /// A course that is sold by itself.
    course: &'a str,
}

/// The lines, comments included; `None` when Stripe itself is used, whose payment page takes no form by curl, or when
/// nothing is sold.
pub fn purchase(stack: &Stack) -> Option<String> {
    stack.stand_in()?;
    let alone = stack.catalog().products.iter().find(|listed| listed.product.courses.len() == 1)?;
    let course = alone.product.courses.first()?.as_str();
    Purchase { urls: stack.urls(), key: stack.stripe_key(), course }.render().ok()
}
