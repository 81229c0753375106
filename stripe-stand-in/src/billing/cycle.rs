//! The end of a billing period: the next one begins, and is invoiced
//! (<https://docs.stripe.com/billing/invoices/subscription#subscription-renewal>).

use super::invoice::{self, End};
use super::{items, lines, schedule, subscription, update};
use crate::error::Error;
use crate::object::Object;
use crate::resources::subscriptions;
use crate::store::Tx;

/// Begins the next period of a subscription, and drafts its invoice.
pub(crate) fn renew(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut after = before.clone();
    if before.text("status") == "trialing" {
        if subscriptions::end_trial_without_method(tx, before, before)?.is_some() {
            return Ok(());
        }
        after.set("status", "active");
    }
    let (start, end) = items::period(before);
    schedule::advance(tx, &mut after, end)?;
    let next = items::interval(items::of(&after))?.end_after(after.int("billing_cycle_anchor"), end);
    items::set_period(&mut after, end, next);
    let lines = lines::whole(tx, &after, (end, next))?;
    let mut invoice = update::draft(tx, &mut after, lines, "subscription_cycle", (start, end))?;
    let pause = after.at("/pause_collection/behavior").as_str().map(str::to_owned);
    match pause.as_deref() {
        Some("keep_as_draft") => invoice.set("auto_advance", false),
        Some(_) => invoice.hide("is_not_collected", true),
        // Nobody pays the invoices of an unpaid subscription until somebody wants them paid.
        None if after.text("status") == "unpaid" => invoice.set("auto_advance", false),
        None => invoice::finalize_in_an_hour(tx, &mut invoice),
    }
    subscription::save(tx, before, &after)?;
    invoice::insert(tx, &invoice)?;
    match pause.as_deref() {
        Some("void") => give_up(tx, &mut invoice, End::Void),
        Some("mark_uncollectible") => give_up(tx, &mut invoice, End::Uncollectible),
        _ => Ok(()),
    }
}

fn give_up(tx: &Tx<'_>, invoice: &mut Object, end: End) -> Result<(), Error> {
    invoice::finalize(tx, invoice)?;
    if invoice.text("status") == "open" { invoice::give_up(tx, invoice, end) } else { Ok(()) }
}
