//! A purchase and its refund as shell lines with curl, for people to paste and for a test to run.

use askama::Template;

use crate::ports::Urls;
use crate::stack::Stack;

#[derive(Template)]
#[template(path = "terminal/purchase.sh", escape = "none")]
struct PurchaseScript<'a> {
    urls: &'a Urls,
    /// Key for Stripe's API.
    key: &'a str,
    /// A course that is sold by itself.
    course: &'a str,
}

/// The lines, comments included; `None` when Stripe itself is used, whose payment page takes no form by curl, or when
/// nothing is sold.
pub fn purchase_script(stack: &Stack) -> Option<String> {
    stack.stand_in()?;
    let alone = stack.catalog().products.iter().find(|listed| listed.product.courses.len() == 1)?;
    let course = alone.product.courses.first()?.as_str();
    PurchaseScript { urls: stack.urls(), key: stack.stripe_key(), course }.render().ok()
}
