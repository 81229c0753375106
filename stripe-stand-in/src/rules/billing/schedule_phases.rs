//! The phases of subscription schedules (<https://docs.stripe.com/billing/subscriptions/subscription-schedules>). In
//! the stand-in a phase begins together with a billing period.

use serde_json::{Value, json};

use crate::state::transaction::Tx;
use crate::values::billing_interval::Interval;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;

/// The schedule that manages a subscription.
pub(crate) fn schedule_of(tx: &Tx<'_>, subscription: &Object) -> Result<Option<Object>, Error> {
    tx.find(ObjectType::SubscriptionSchedule, subscription.text("schedule"))
}

/// Stripe's 400 for a change that must be made on the schedule.
pub(crate) fn require_no_schedule(subscription: &Object, what: &str) -> Result<(), ApiError> {
    match subscription.opt_text("schedule") {
        None => Ok(()),
        Some(schedule) => Err(ApiError::invalid_request(format!(
            "The subscription is managed by the subscription schedule `{schedule}`, and updating any {what} directly is not \
             allowed. Please update the schedule instead."
        ))),
    }
}

/// The phases of a schedule.
pub(crate) fn phases(schedule: &Object) -> &[Value] {
    schedule.get("phases").as_array().map(Vec::as_slice).unwrap_or_default()
}

/// When a phase of `iterations` intervals ends.
pub(crate) fn phase_end(start: i64, interval: Interval, iterations: i64) -> i64 {
    (0..iterations.max(1)).fold(start, |end, _| interval.period_end_after(start, end))
}

/// Applies the phase that begins when the current billing period ends.
pub(crate) fn enter_next_phase(tx: &Tx<'_>, subscription: &mut Object, at: i64) -> Result<(), Error> {
    let Some(before) = schedule_of(tx, subscription)? else { return Ok(()) };
    let Some(phase) = phase_at(&before, at) else { return complete(tx, &before, subscription) };
    apply_phase(tx, subscription, phase, at)?;
    let mut after = before.clone();
    after.set("current_phase", current_phase(phase));
    tx.save_and_emit("subscription_schedule.updated", &before, &after)
}

/// Applies the phase of a time to a copy of the subscription, for previews. Nothing is stored.
pub(crate) fn apply_phase_at(tx: &Tx<'_>, subscription: &mut Object, at: i64) -> Result<(), Error> {
    let schedule = schedule_of(tx, subscription)?;
    match schedule.as_ref().and_then(|schedule| phase_at(schedule, at)) {
        Some(phase) => apply_phase(tx, subscription, phase, at),
        None => Ok(()),
    }
}

fn phase_at(schedule: &Object, at: i64) -> Option<&Value> {
    let covers = |phase: &&Value| {
        let time = |field: &str| phase[field].as_i64().unwrap_or(i64::MAX);
        time("start_date") <= at && at < time("end_date")
    };
    phases(schedule).iter().find(covers)
}

fn apply_phase(tx: &Tx<'_>, subscription: &mut Object, phase: &Value, at: i64) -> Result<(), Error> {
    let interval = subscription_item::common_interval(subscription_item::items_of(subscription))?;
    let items = phase_items(tx, subscription.id(), subscription_item::items_of(subscription), phase)?;
    if subscription_item::common_interval(&items)? != interval {
        subscription.set("billing_cycle_anchor", at);
    }
    subscription_item::set_items(subscription, items);
    Ok(())
}

/// Completes the schedule after its last phase. The subscription continues.
fn complete(tx: &Tx<'_>, before: &Object, subscription: &mut Object) -> Result<(), Error> {
    let mut after = before.clone();
    after.set("status", "completed");
    after.set("completed_at", tx.now());
    after.set("current_phase", Value::Null);
    subscription.set("schedule", Value::Null);
    tx.save(&after)?;
    tx.emit("subscription_schedule.completed", &after)
}

/// Marks a schedule as canceled because its subscription was canceled.
pub(crate) fn mark_canceled(tx: &Tx<'_>, before: &Object) -> Result<Object, Error> {
    let mut after = before.clone();
    after.set("status", "canceled");
    after.set("canceled_at", tx.now());
    after.set("current_phase", Value::Null);
    tx.save(&after)?;
    tx.emit("subscription_schedule.canceled", &after)?;
    Ok(after)
}

/// Whether a schedule has phases left to run.
pub(crate) fn is_open(schedule: &Object) -> bool {
    matches!(schedule.text("status"), "active" | "not_started")
}

pub(crate) fn require_open(schedule: &Object, verb: &str) -> Result<(), ApiError> {
    if is_open(schedule) {
        return Ok(());
    }
    let status = schedule.text("status");
    let message = format!(
        "You cannot {verb} a subscription schedule that is currently in the `{status}` status. The subscription schedule must be \
         in the `not_started` or `active` status."
    );
    Err(ApiError::invalid_request(message))
}

/// The items of a phase. Current items keep their ids.
pub(crate) fn phase_items(
    tx: &Tx<'_>,
    subscription: &str,
    current_items: &[Value],
    phase: &Value,
) -> Result<Vec<Value>, Error> {
    let phase_item = phase["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let item = |(index, phase_item): (usize, &Value)| {
        let price = tx.load_param(ObjectType::Price, phase_item["price"].as_str().unwrap_or_default(), "phases")?;
        let quantity = phase_item["quantity"].as_i64().unwrap_or(1);
        Ok(match current_items.get(index) {
            None => subscription_item::new(tx.now(), subscription, &price, quantity, serde_json::Map::new()),
            Some(item) => {
                let mut item = item.clone();
                subscription_item::set_price(&mut item, &price);
                item["quantity"] = json!(quantity);
                item
            }
        })
    };
    phase_item.iter().enumerate().map(item).collect()
}

/// Stripe's `current_phase`.
pub(crate) fn current_phase(phase: &Value) -> Value {
    json!({ "end_date": phase["end_date"], "start_date": phase["start_date"] })
}
