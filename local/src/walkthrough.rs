//! A purchase and its refund as a shell script with curl, to paste and to run in a test.

use askama::Template;

use crate::ports::Urls;
use crate::stack::Stack;

#[derive(Template)]
#[template(path = "terminal/purchase.sh", escape = "none")]
struct PurchaseScript<'a> {
    urls: &'a Urls,
    /// API key for Stripe.
    key: &'a str,
    /// A course that is sold as its own product.
    course: &'a str,
}

/// The script with comments. `None` when Stripe itself is used, whose payment page accepts no form by curl, or when
/// the catalog has no such course.
pub fn purchase_script(stack: &Stack) -> Option<String> {
    stack.stand_in()?;
    let alone = stack.catalog().products.iter().find(|listed| listed.product.courses.len() == 1)?;
    let course = alone.product.courses.first()?.as_str();
    PurchaseScript { urls: stack.urls(), key: stack.stripe_key(), course }.render().ok()
}
