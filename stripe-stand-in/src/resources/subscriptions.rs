//! `/v1/subscriptions` (<https://docs.stripe.com/api/subscriptions>).

use serde_json::json;

use super::{subscription_items, subscription_params as read};
use crate::api::Route;
use crate::api::call::{self, Call, Reply};
use crate::api::params::{Params, merged};
use crate::billing::change::{self, Asked, TrialEnd};
use crate::billing::start::{PaymentBehavior, Start, start};
use crate::billing::subscription::{self, Cancellation};
use crate::billing::{collect, discount, ends, items, schedule, update};
use crate::error::{Error, Refusal};
use crate::ids::Kind;
use crate::object::Object;
use crate::store::{Query, Tx};
use crate::time;

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/subscriptions", create),
    Route::get("/v1/subscriptions", list),
    Route::get("/v1/subscriptions/{id}", retrieve),
    Route::post("/v1/subscriptions/{id}", update),
    Route::delete("/v1/subscriptions/{id}", cancel),
    Route::post("/v1/subscriptions/{id}/pause", pause),
    Route::post("/v1/subscriptions/{id}/resume", resume),
];

/// A subscription without items, not begun yet.
pub(crate) fn blank(tx: &Tx<'_>, customer: &Object, currency: &str) -> Object {
    let fields = json!({
        "application": null,
        "application_fee_percent": null,
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
        "billing_cycle_anchor": tx.now(),
        "billing_cycle_anchor_config": null,
        "billing_mode": { "flexible": { "proration_discounts": "included" }, "type": "flexible" },
        "billing_schedules": [],
        "billing_thresholds": null,
        "cancel_at": null,
        "cancel_at_period_end": false,
        "canceled_at": null,
        "cancellation_details": { "comment": null, "feedback": null, "reason": null },
        "collection_method": "charge_automatically",
        "created": tx.now(),
        "currency": currency,
        "customer": customer.id(),
        "customer_account": null,
        "days_until_due": null,
        "default_payment_method": null,
        "default_source": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": [],
        "ended_at": null,
        "invoice_settings": { "account_tax_ids": null, "issuer": { "type": "self" } },
        "items": null,
        "latest_invoice": null,
        "managed_payments": { "enabled": false },
        "metadata": {},
        "next_pending_invoice_item_invoice": null,
        "on_behalf_of": null,
        "pause_collection": null,
        "payment_settings": {
            "payment_method_options": null, "payment_method_types": null, "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": null,
        "pending_setup_intent": null,
        "pending_update": null,
        "schedule": null,
        "start_date": tx.now(),
        "status": "incomplete",
        "status_details": null,
        "test_clock": customer.get("test_clock"),
        "transfer_data": null,
        "trial_end": null,
        "trial_settings": { "end_behavior": { "missing_payment_method": "create_invoice" } },
        "trial_start": null,
    });
    Object::new(Kind::Subscription, Kind::Subscription.new_id(), fields)
}

fn create(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let params = &mut call.params;
    let customer = params.required("customer")?;
    let customer = tx.load_param(Kind::Customer, &customer, "customer")?;
    time::enter(tx, &customer)?;
    let currency = params.currency("currency")?;
    let mut subscription = read::new(tx, &customer, params.hashes("items")?, currency)?;
    read::fields(tx, &mut subscription, params)?;
    read::trial(tx, &mut subscription, params)?;
    let discount = read::discount(tx, &subscription, params.hashes("discounts")?)?;
    let behavior = read::payment_behavior(params)?.unwrap_or(PaymentBehavior::Allow);
    let ends = read::ends(tx, params)?;
    params.ignore(read::IGNORED);
    params.ignore(&["billing_mode", "proration_behavior"]);
    call.finish()?;
    if let Some(discount) = discount {
        discount::redeem(tx, &mut subscription, &discount)?;
    }
    let how = Start { behavior, ends, payment: None };
    Ok(Reply::object(&start(tx, subscription, &how)?))
}

/// The subscription of a path, in the time of its test clock.
fn load(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    let subscription = tx.load(Kind::Subscription, id)?;
    time::enter(tx, &subscription)?;
    Ok(subscription)
}

fn update(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let before = load(tx, &call.id)?;
    let mut after = before.clone();
    let asked = read_change(tx, &before, &mut call.params)?;
    let behavior = read::payment_behavior(&mut call.params)?.unwrap_or(PaymentBehavior::Allow);
    read_words(tx, &mut after, asked.is_some(), &mut call.params)?;
    call.finish()?;
    let Some(asked) = asked else {
        subscription::save(tx, &before, &after)?;
        return Ok(Reply::object(&after));
    };
    change::require_complete(&before)?;
    if asked.trial_end == Some(TrialEnd::Now) {
        let mut changed = after.clone();
        items::set(&mut changed, asked.items.clone());
        if let Some(ended) = end_trial_without_method(tx, &before, &changed)? {
            return Ok(Reply::object(&ended));
        }
    }
    // What is changed beside the plan is no part of what may have to wait for a payment.
    tx.save(&after)?;
    let customer = tx.load(Kind::Customer, before.text("customer"))?;
    let plan = change::plan(tx, &after, &customer, asked)?;
    announce_together(tx, &before, &after, plan, behavior).map(|subscription| Reply::object(&subscription))
}

/// Reads what changes the plan: its items, its trial or its period. None when nothing does.
fn read_change(tx: &Tx<'_>, before: &Object, params: &mut Params) -> Result<Option<Asked>, Error> {
    let items = params.hashes("items")?;
    if items.is_some() {
        schedule::require_unmanaged(before, "items")?;
    }
    let items = items.map(|items| subscription_items::changed(tx, before, items)).transpose()?;
    let is_trialing = before.text("status") == "trialing";
    let trial_end = read::trial_end(tx, params)?.filter(|end| is_trialing || *end != TrialEnd::Now);
    let proration = read::proration(params)?;
    let date = params.integer("proration_date")?.unwrap_or_else(|| tx.now());
    let restart = params.choice("billing_cycle_anchor", &["now", "unchanged"])?.as_deref() == Some("now");
    if items.is_none() && trial_end.is_none() && !restart {
        return Ok(None);
    }
    let items = items.unwrap_or_else(|| items::of(before).to_vec());
    Ok(Some(Asked { items, trial_end, restart, proration, date }))
}

/// Reads everything else. Of a subscription that has ended only words about it can be changed.
fn read_words(tx: &Tx<'_>, after: &mut Object, changes_plan: bool, params: &mut Params) -> Result<(), Error> {
    if let Some(changes) = params.metadata()? {
        after.set("metadata", merged(after.get("metadata"), changes));
    }
    read::cancellation_details(after, params)?;
    if changes_plan || !params.is_empty() {
        subscription::require_alive(after)?;
    }
    read::fields(tx, after, params)?;
    read::pause_collection(after, params)?;
    if let Some(ends) = read::ends(tx, params)? {
        schedule::require_unmanaged(after, "cancelation behavior")?;
        ends::set(tx, after, ends);
    }
    params.ignore(read::IGNORED);
    Ok(())
}

/// The plan and everything else that one call changes are one event, unless the plan has to wait.
fn announce_together(
    tx: &Tx<'_>,
    before: &Object,
    words: &Object,
    plan: change::Change,
    behavior: PaymentBehavior,
) -> Result<Object, Error> {
    if behavior == PaymentBehavior::Pending && plan.invoices_now {
        subscription::save(tx, before, words)?;
        return update::apply(tx, words, plan, behavior);
    }
    update::apply(tx, before, plan, behavior)
}

/// The end of a trial without a payment method may cancel or pause the subscription. None when it goes on.
pub(crate) fn end_trial_without_method(tx: &Tx<'_>, before: &Object, after: &Object) -> Result<Option<Object>, Error> {
    let behavior = before.at("/trial_settings/end_behavior/missing_payment_method").as_str().unwrap_or_default();
    if behavior == "create_invoice" || collect::method_of(tx, before)?.is_some() {
        return Ok(None);
    }
    let mut after = after.clone();
    after.set("trial_end", tx.now().min(before.int("trial_end")));
    if behavior == "pause" {
        return subscription::pause(tx, before, after, "trial_end_without_payment_method").map(Some);
    }
    subscription::cancel(tx, &after, &Cancellation::REQUESTED).map(Some)
}

fn cancel(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let mut subscription = load(tx, &call.id)?;
    let params = &mut call.params;
    let invoice_now = params.flag("invoice_now")?.unwrap_or(false);
    let prorate = params.flag("prorate")?.unwrap_or(false);
    read::cancellation_details(&mut subscription, params)?;
    call.finish()?;
    if subscription::require_alive(&subscription).is_err() {
        // Stripe's answer to a subscription that has ended already.
        return Err(Refusal::missing(Kind::Subscription, subscription.id(), "id").into());
    }
    let how = Cancellation { prorate, invoice_now, ..Cancellation::REQUESTED };
    Ok(Reply::object(&subscription::cancel(tx, &subscription, &how)?))
}

fn pause(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let before = load(tx, &call.id)?;
    call.params.choice("type", &["subscription"])?;
    call.params.ignore(&["bill_for", "invoicing_behavior"]);
    call.finish()?;
    if !matches!(before.text("status"), "active" | "trialing" | "past_due") {
        let status = before.text("status");
        return Err(Refusal::invalid(format!("A subscription with a status of {status} cannot be paused.")).into());
    }
    let paused = subscription::pause(tx, &before, before.clone(), "pause_requested")?;
    Ok(Reply::object(&paused))
}

fn resume(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let before = load(tx, &call.id)?;
    let keeps_anchor =
        call.params.choice("billing_cycle_anchor", &["now", "unchanged"])?.as_deref() == Some("unchanged");
    call.params.ignore(&["payment_behavior", "proration_behavior", "proration_date"]);
    call.finish()?;
    if before.text("status") != "paused" {
        let message = "This subscription cannot be resumed because it is not paused.";
        return Err(Refusal::invalid(message).into());
    }
    Ok(Reply::object(&update::resume(tx, &before, keeps_anchor)?))
}

fn retrieve(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    call::retrieve(tx, Kind::Subscription, call)
}

fn list(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let params = &mut call.params;
    let mut query = Query::of(Kind::Subscription).filter(params, &["customer", "collection_method", "test_clock"])?;
    query = query.filter_created(params)?;
    for field in ["current_period_start", "current_period_end"] {
        query = query.filter_time(params, field, &format!("items.data[0].{field}"))?;
    }
    if let Some(price) = params.text("price")? {
        query = query.with("items.data[0].price.id", price);
    }
    let statuses: &[&str] = match params.text("status")?.as_deref() {
        Some("all") => return call::list(tx, query, call),
        Some("ended") => &["canceled", "incomplete_expired"],
        Some(status) => return call::list(tx, query.with("status", status.to_owned()), call),
        None => return call::list(tx, query.and("json_extract(body, '$.status') <> 'canceled'"), call),
    };
    let statuses: Vec<String> = statuses.iter().map(|status| (*status).to_owned()).collect();
    call::list(tx, query.among("status", &statuses), call)
}
