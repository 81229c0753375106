//! `/v1/invoices/create_preview` (<https://docs.stripe.com/api/invoices/create_preview>): what a subscription, a change
//! of it or a new one would cost next.

use super::{subscription_items, subscription_params as read};
use crate::api::call::{Call, Reply};
use crate::api::params::Params;
use crate::billing::change::{Asked, TrialEnd};
use crate::billing::ends::{self, Ends};
use crate::billing::{items, preview};
use crate::error::{Error, Refusal};
use crate::ids::Kind;
use crate::object::Object;
use crate::store::Tx;
use crate::time;

pub(super) fn create(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let params = &mut call.params;
    let subscription = params.text("subscription")?;
    let customer = params.text("customer")?;
    let currency = params.currency("currency")?;
    let details = params.hash("subscription_details")?;
    params.ignore(&["automatic_tax", "customer_details", "preview_mode"]);
    call.finish()?;
    let invoice = match subscription {
        Some(id) => {
            let before = tx.load_param(Kind::Subscription, &id, "subscription")?;
            time::enter(tx, &before)?;
            of_existing(tx, before, customer, details)?
        }
        None => of_new(tx, customer, details, currency)?,
    };
    Ok(Reply::object(&invoice))
}

fn of_existing(
    tx: &Tx<'_>,
    mut subscription: Object,
    customer: Option<String>,
    details: Option<Params>,
) -> Result<Object, Error> {
    if customer.is_some_and(|customer| customer != subscription.text("customer")) {
        let message = "The subscription does not belong to this customer.";
        return Err(Refusal::invalid(message).param("customer").into());
    }
    let customer = tx.load(Kind::Customer, subscription.text("customer"))?;
    let Some(mut details) = details else {
        return preview::next(tx, &subscription, &customer, None);
    };
    let items = details.hashes("items")?;
    let items = items.map(|items| subscription_items::changed(tx, &subscription, items)).transpose()?;
    let is_trialing = subscription.text("status") == "trialing";
    let trial_end = read::trial_end(tx, &mut details)?.filter(|end| is_trialing || *end != TrialEnd::Now);
    let proration = read::proration(&mut details)?;
    let date = details.integer("proration_date")?.unwrap_or_else(|| tx.now());
    let anchor = details.choice("billing_cycle_anchor", &["now", "unchanged"])?;
    let restart = anchor.as_deref() == Some("now");
    if let Some(ends) = read::ends(tx, &mut details)? {
        ends::set(tx, &mut subscription, ends);
    }
    details.finish()?;
    if items.is_none() && trial_end.is_none() && !restart {
        return preview::next(tx, &subscription, &customer, None);
    }
    let items = items.unwrap_or_else(|| items::of(&subscription).to_vec());
    let asked = Asked { items, trial_end, restart, proration, date };
    preview::next(tx, &subscription, &customer, Some(asked))
}

fn of_new(
    tx: &Tx<'_>,
    customer: Option<String>,
    details: Option<Params>,
    currency: Option<String>,
) -> Result<Object, Error> {
    let customer = customer.ok_or_else(|| Refusal::missing_param("customer"))?;
    let customer = tx.load_param(Kind::Customer, &customer, "customer")?;
    time::enter(tx, &customer)?;
    let mut details = details.ok_or_else(|| Refusal::missing_param("subscription_details"))?;
    let mut subscription = read::new(tx, &customer, details.hashes("items")?, currency)?;
    match read::trial_end(tx, &mut details)? {
        Some(TrialEnd::At(end)) => subscription.set("trial_end", end),
        Some(TrialEnd::Now) | None => {}
    }
    read::ends(tx, &mut details)?.filter(|ends| *ends != Ends::Never);
    details.ignore(&["billing_mode", "proration_behavior"]);
    details.finish()?;
    preview::first(tx, &subscription, &customer)
}
