//! Starts, releases and cancels subscription schedules.

use serde_json::Value;

use crate::rules::billing::creation::{self, StartOptions};
use crate::rules::billing::planned_change::PaymentBehavior;
use crate::rules::billing::{cancellation, schedule_phases, subscription_status};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::{subscription, subscription_item};

/// Starts a schedule: creates its subscription.
pub(crate) fn start(tx: &Tx<'_>, before: &Object) -> Result<Object, Error> {
    let mut after = before.clone();
    let phase = schedule_phases::phases(before).first().cloned().unwrap_or_default();
    let customer = tx.load(ObjectType::Customer, before.text("customer"))?;
    let mut started = subscription::blank(tx.now(), &customer, phase["currency"].as_str().unwrap_or_default());
    let items = schedule_phases::phase_items(tx, started.id(), &[], &phase)?;
    subscription_item::set_items(&mut started, items);
    started.set("schedule", before.id());
    let options = StartOptions { payment_behavior: PaymentBehavior::AllowIncomplete, cancel_at: None, payment: None };
    let started = creation::start(tx, started, &options)?;
    after.set("status", "active");
    after.set("subscription", started.id());
    after.set("current_phase", schedule_phases::current_phase(&phase));
    tx.save_and_emit("subscription_schedule.updated", before, &after)?;
    Ok(after)
}

/// Releases the subscription, which continues unchanged.
pub(crate) fn release(tx: &Tx<'_>, before: &Object) -> Result<Object, Error> {
    schedule_phases::require_open(before, "release")?;
    let mut after = before.clone();
    after.set("status", "released");
    after.set("released_at", tx.now());
    after.set("released_subscription", before.get("subscription").clone());
    after.set("subscription", Value::Null);
    after.set("current_phase", Value::Null);
    tx.save(&after)?;
    if let Some(subscription) = tx.find(ObjectType::Subscription, before.text("subscription"))? {
        let mut released = subscription.clone();
        released.set("schedule", Value::Null);
        subscription_status::save(tx, &subscription, &released)?;
    }
    tx.emit("subscription_schedule.released", &after)?;
    Ok(after)
}

/// Cancels the schedule, and its subscription immediately.
pub(crate) fn cancel(tx: &Tx<'_>, before: &Object) -> Result<Object, Error> {
    schedule_phases::require_open(before, "cancel")?;
    let after = schedule_phases::mark_canceled(tx, before)?;
    if let Some(subscription) = tx.find(ObjectType::Subscription, before.text("subscription"))? {
        cancellation::cancel(tx, &subscription, &cancellation::Cancellation::REQUESTED)?;
    }
    Ok(after)
}
