//! `/v1/invoices/create_preview` (<https://docs.stripe.com/api/invoices/create_preview>): the next invoice of a
//! subscription, of a changed one, or of a new one.

use crate::resources::request::{ApiCall, ApiResponse};
use crate::resources::{subscription_item_params, subscription_params};
use crate::rules::billing::cancel_at::{self, CancelAt};
use crate::rules::billing::planned_change::{ChangeRequest, TrialEnd};
use crate::rules::billing::preview;
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;
use crate::values::params::Params;

pub(super) fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let subscription = params.text("subscription")?;
    let customer = params.text("customer")?;
    let currency = params.currency("currency")?;
    let details = params.hash("subscription_details")?;
    params.ignore(&["automatic_tax", "customer_details", "preview_mode"]);
    call.finish()?;
    let invoice = match subscription {
        Some(id) => {
            let before = tx.load_param(ObjectType::Subscription, &id, "subscription")?;
            test_clock::use_clock_of(tx, &before)?;
            preview_existing(tx, before, customer, details)?
        }
        None => preview_new(tx, customer, details, currency)?,
    };
    Ok(ApiResponse::object(&invoice))
}

fn preview_existing(
    tx: &Tx<'_>,
    mut subscription: Object,
    customer: Option<String>,
    details: Option<Params>,
) -> Result<Object, Error> {
    if customer.is_some_and(|customer| customer != subscription.text("customer")) {
        let message = "The subscription does not belong to this customer.";
        return Err(ApiError::invalid_request(message).with_param("customer").into());
    }
    let customer = tx.load(ObjectType::Customer, subscription.text("customer"))?;
    let Some(mut details) = details else {
        return preview::next_invoice(tx, &subscription, &customer, None);
    };
    let items = details.hashes("items")?;
    let items =
        items.map(|items| subscription_item_params::read_changed_items(tx, &subscription, items)).transpose()?;
    let is_trialing = subscription.text("status") == "trialing";
    let trial_end =
        subscription_params::read_trial_end(tx, &mut details)?.filter(|end| is_trialing || *end != TrialEnd::Now);
    let proration_behavior = subscription_params::read_proration_behavior(&mut details)?;
    let proration_date = details.integer("proration_date")?.unwrap_or_else(|| tx.now());
    let anchor = details.choice("billing_cycle_anchor", &["now", "unchanged"])?;
    let resets_anchor = anchor.as_deref() == Some("now");
    if let Some(cancel_at) = subscription_params::read_cancel_at(tx, &mut details)? {
        cancel_at::set(tx, &mut subscription, cancel_at);
    }
    details.finish()?;
    if items.is_none() && trial_end.is_none() && !resets_anchor {
        return preview::next_invoice(tx, &subscription, &customer, None);
    }
    let items = items.unwrap_or_else(|| subscription_item::items_of(&subscription).to_vec());
    let change_request = ChangeRequest { items, trial_end, resets_anchor, proration_behavior, proration_date };
    preview::next_invoice(tx, &subscription, &customer, Some(change_request))
}

fn preview_new(
    tx: &Tx<'_>,
    customer: Option<String>,
    details: Option<Params>,
    currency: Option<String>,
) -> Result<Object, Error> {
    let customer = customer.ok_or_else(|| ApiError::missing_param("customer"))?;
    let customer = tx.load_param(ObjectType::Customer, &customer, "customer")?;
    test_clock::use_clock_of(tx, &customer)?;
    let mut details = details.ok_or_else(|| ApiError::missing_param("subscription_details"))?;
    let mut subscription = subscription_params::new_subscription(tx, &customer, details.hashes("items")?, currency)?;
    match subscription_params::read_trial_end(tx, &mut details)? {
        Some(TrialEnd::At(end)) => subscription.set("trial_end", end),
        Some(TrialEnd::Now) | None => {}
    }
    subscription_params::read_cancel_at(tx, &mut details)?.filter(|cancel_at| *cancel_at != CancelAt::Never);
    details.ignore(&["billing_mode", "proration_behavior"]);
    details.finish()?;
    preview::first_invoice(tx, &subscription, &customer)
}
