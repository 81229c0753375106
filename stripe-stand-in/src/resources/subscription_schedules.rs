//! `/v1/subscription_schedules` (<https://docs.stripe.com/api/subscription_schedules>).

use serde_json::{Value, json};

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::resources::schedule_phase_params;
use crate::rules::billing::{schedule_phases, schedules, subscription_status};
use crate::state::query::Query;
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/subscription_schedules", create),
    Route::get("/v1/subscription_schedules", list),
    Route::get("/v1/subscription_schedules/{id}", retrieve),
    Route::post("/v1/subscription_schedules/{id}", update),
    Route::post("/v1/subscription_schedules/{id}/cancel", cancel),
    Route::post("/v1/subscription_schedules/{id}/release", release),
];

/// Parameters that are accepted and ignored.
const IGNORED: &[&str] = &["billing_mode", "default_settings", "proration_behavior"];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    params.ignore(IGNORED);
    if let Some(id) = params.text("from_subscription")? {
        if params.has("phases") || params.has("customer") {
            let message =
                "You cannot set any parameters besides `metadata` and `end_behavior` with `from_subscription`.";
            return Err(ApiError::invalid_request(message).with_param("from_subscription").into());
        }
        let subscription = tx.load_param(ObjectType::Subscription, &id, "from_subscription")?;
        test_clock::use_clock_of(tx, &subscription)?;
        let mut schedule = from_subscription(tx, &subscription)?;
        schedule.set("metadata", merge_metadata(&json!({}), params.metadata()?.unwrap_or_default()));
        call.finish()?;
        tx.insert(&schedule)?;
        tx.emit("subscription_schedule.created", &schedule)?;
        let mut after = subscription.clone();
        after.set("schedule", schedule.id());
        subscription_status::save(tx, &subscription, &after)?;
        return Ok(ApiResponse::object(&schedule));
    }
    let customer = params.required_text("customer")?;
    let customer = tx.load_param(ObjectType::Customer, &customer, "customer")?;
    test_clock::use_clock_of(tx, &customer)?;
    let start = match params.text("start_date")?.as_deref() {
        None | Some("now") => tx.now(),
        Some(seconds) => {
            seconds.parse().map_err(|_| ApiError::invalid_request("Invalid timestamp.").with_param("start_date"))?
        }
    };
    let end_behavior = read_end_behavior(params)?;
    let metadata = params.metadata()?;
    let phases = params.hashes("phases")?.ok_or_else(|| ApiError::missing_param("phases"))?;
    call.finish()?;
    let mut schedule = blank(tx, &customer, schedule_phase_params::read_phases(tx, phases, start)?);
    schedule.set("end_behavior", end_behavior.unwrap_or_else(|| "release".to_owned()));
    schedule.set("metadata", merge_metadata(&json!({}), metadata.unwrap_or_default()));
    tx.insert(&schedule)?;
    tx.emit("subscription_schedule.created", &schedule)?;
    if start <= tx.now() {
        schedule = schedules::start(tx, &schedule)?;
    }
    Ok(ApiResponse::object(&schedule))
}

fn blank(tx: &Tx<'_>, customer: &Object, phases: Vec<Value>) -> Object {
    let invoice_settings = json!({ "account_tax_ids": null, "days_until_due": null, "issuer": { "type": "self" } });
    let default_settings = json!({
        "application_fee_percent": null,
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
        "billing_cycle_anchor": "automatic",
        "billing_thresholds": null,
        "collection_method": "charge_automatically",
        "default_payment_method": null,
        "description": null,
        "invoice_settings": invoice_settings,
        "on_behalf_of": null,
        "transfer_data": null,
    });
    let fields = json!({
        "application": null,
        "billing_mode": { "flexible": { "proration_discounts": "included" }, "type": "flexible" },
        "canceled_at": null,
        "completed_at": null,
        "created": tx.now(),
        "current_phase": null,
        "customer": customer.id(),
        "customer_account": null,
        "default_settings": default_settings,
        "end_behavior": "release",
        "metadata": {},
        "phases": phases,
        "released_at": null,
        "released_subscription": null,
        "status": "not_started",
        "subscription": null,
        "test_clock": customer.get("test_clock"),
    });
    Object::new(ObjectType::SubscriptionSchedule, ObjectType::SubscriptionSchedule.new_id(), fields)
}

/// A schedule with one phase: the current period of the subscription.
fn from_subscription(tx: &Tx<'_>, subscription: &Object) -> Result<Object, Error> {
    if let Some(schedule) = subscription.opt_text("schedule") {
        let message = format!("You cannot migrate a subscription that is already attached to a schedule: {schedule}.");
        return Err(ApiError::invalid_request(message).with_param("from_subscription").into());
    }
    subscription_status::require_not_ended(subscription)?;
    let (start, end) = subscription_item::period(subscription);
    let items = subscription_item::items_of(subscription)
        .iter()
        .map(|item| schedule_phase_params::phase_item(&item["price"]["id"], &item["quantity"]))
        .collect();
    let mut phase = schedule_phase_params::phase(items, subscription.text("currency"), "create_prorations", start, end);
    if subscription.text("status") == "trialing" {
        phase["trial_end"] = subscription.get("trial_end").clone();
    }
    let customer = tx.load(ObjectType::Customer, subscription.text("customer"))?;
    let mut schedule = blank(tx, &customer, vec![phase]);
    schedule.set("status", "active");
    schedule.set("subscription", subscription.id());
    schedule.set("current_phase", json!({ "end_date": end, "start_date": start }));
    if subscription.get("cancel_at").is_i64() {
        schedule.set("end_behavior", "cancel");
    }
    Ok(schedule)
}

fn read_end_behavior(params: &mut Params) -> Result<Option<String>, ApiError> {
    params.choice("end_behavior", &["cancel", "release"])
}

fn load(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    let schedule = tx.load(ObjectType::SubscriptionSchedule, id)?;
    test_clock::use_clock_of(tx, &schedule)?;
    Ok(schedule)
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = load(tx, &call.id)?;
    let mut after = before.clone();
    let params = &mut call.params;
    if let Some(changes) = params.metadata()? {
        after.set("metadata", merge_metadata(before.get("metadata"), changes));
    }
    let changes_phases = params.has("phases") || params.has("end_behavior");
    if changes_phases && !schedule_phases::is_open(&before) {
        let status = before.text("status");
        let message = format!("You cannot update a subscription schedule that is currently in the `{status}` status.");
        return Err(ApiError::invalid_request(message).into());
    }
    after.set_if_some("end_behavior", read_end_behavior(params)?);
    let phases = params.hashes("phases")?;
    params.ignore(IGNORED);
    call.finish()?;
    if let Some(phase_params) = phases {
        let known = schedule_phases::phases(&before).first().cloned().unwrap_or_default();
        let start = before.pointer("/current_phase/start_date").as_i64().or(known["start_date"].as_i64());
        let read = schedule_phase_params::read_phases(tx, phase_params, start.unwrap_or_else(|| tx.now()))?;
        require_same_items(&before, &read)?;
        if let (Some(first), true) = (read.first(), before.get("current_phase").is_object()) {
            after.set("current_phase", schedule_phases::current_phase(first));
        }
        after.set("phases", Value::Array(read));
    }
    tx.save_and_emit("subscription_schedule.updated", &before, &after)?;
    Ok(ApiResponse::object(&after))
}

/// Refuses other items for the current phase. Stripe would prorate such a change, and the stand-in does not.
fn require_same_items(before: &Object, phases: &[Value]) -> Result<(), ApiError> {
    let starts = before.pointer("/current_phase/start_date");
    let current =
        schedule_phases::phases(before).iter().find(|phase| !starts.is_null() && phase["start_date"] == *starts);
    let items = |phase: &Value| -> Vec<(Value, Value)> {
        let items = phase["items"].as_array().into_iter().flatten();
        items.map(|item| (item["price"].clone(), item["quantity"].clone())).collect()
    };
    match (current, phases.first()) {
        (Some(current), Some(first)) if items(current) != items(first) => {
            let message = "The Stripe stand-in does not change the items of the phase that runs.";
            Err(ApiError::invalid_request(message).with_param("phases"))
        }
        _ => Ok(()),
    }
}

fn cancel(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = load(tx, &call.id)?;
    call.params.ignore(&["invoice_now", "prorate"]);
    call.finish()?;
    Ok(ApiResponse::object(&schedules::cancel(tx, &before)?))
}

fn release(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = load(tx, &call.id)?;
    call.params.ignore(&["preserve_cancel_date"]);
    call.finish()?;
    Ok(ApiResponse::object(&schedules::release(tx, &before)?))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::SubscriptionSchedule, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::SubscriptionSchedule).filter(&mut call.params, &["customer"])?;
    call.params.ignore(&["scheduled"]);
    request::list(tx, query, call)
}
