//! `/v1/subscriptions` (<https://docs.stripe.com/api/subscriptions>).

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::resources::subscription_discounts::{self, DiscountChange};
use crate::resources::{subscription_item_params, subscription_params};
use crate::rules::billing::cancellation::{self, Cancellation};
use crate::rules::billing::creation::{self, StartOptions};
use crate::rules::billing::planned_change::{self, ChangeRequest, PaymentBehavior, TrialEnd};
use crate::rules::billing::{apply_change, cancel_at, discounts, schedule_phases, subscription_status, trial_end};
use crate::state::query::Query;
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/subscriptions", create),
    Route::get("/v1/subscriptions", list),
    Route::get("/v1/subscriptions/{id}", retrieve),
    Route::post("/v1/subscriptions/{id}", update),
    Route::delete("/v1/subscriptions/{id}", cancel),
    Route::delete("/v1/subscriptions/{id}/discount", delete_discount),
    Route::post("/v1/subscriptions/{id}/pause", pause),
    Route::post("/v1/subscriptions/{id}/resume", resume),
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let customer = params.required_text("customer")?;
    let customer = tx.load_param(ObjectType::Customer, &customer, "customer")?;
    test_clock::use_clock_of(tx, &customer)?;
    let currency = params.currency("currency")?;
    let mut subscription = subscription_params::new_subscription(tx, &customer, params.hashes("items")?, currency)?;
    subscription_params::apply_fields(tx, &mut subscription, params)?;
    subscription_params::read_trial(tx, &mut subscription, params)?;
    let discount = subscription_discounts::read_new(tx, &subscription, params.hashes("discounts")?)?;
    let payment_behavior =
        subscription_params::read_payment_behavior(params)?.unwrap_or(PaymentBehavior::AllowIncomplete);
    let cancel_at = subscription_params::read_cancel_at(tx, params)?;
    params.ignore(subscription_params::IGNORED);
    params.ignore(&["billing_mode", "proration_behavior"]);
    call.finish()?;
    if let Some(discount) = discount {
        discounts::redeem(tx, &mut subscription, &discount)?;
    }
    let options = StartOptions { payment_behavior, cancel_at, payment: None };
    Ok(ApiResponse::object(&creation::start(tx, subscription, &options)?))
}

/// Loads a subscription, and uses the time of its test clock.
fn load(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    let subscription = tx.load(ObjectType::Subscription, id)?;
    test_clock::use_clock_of(tx, &subscription)?;
    Ok(subscription)
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = load(tx, &call.id)?;
    let mut after = before.clone();
    let change_request = read_change(tx, &before, &mut call.params)?;
    let payment_behavior =
        subscription_params::read_payment_behavior(&mut call.params)?.unwrap_or(PaymentBehavior::AllowIncomplete);
    read_other_fields(tx, &mut after, change_request.is_some(), &mut call.params)?;
    call.finish()?;
    let Some(change_request) = change_request else {
        subscription_status::save(tx, &before, &after)?;
        return Ok(ApiResponse::object(&after));
    };
    planned_change::require_not_incomplete(&before)?;
    if change_request.trial_end == Some(TrialEnd::Now) {
        let mut changed = after.clone();
        subscription_item::set_items(&mut changed, change_request.items.clone());
        if let Some(ended) = trial_end::end_trial_without_method(tx, &before, &changed)? {
            return Ok(ApiResponse::object(&ended));
        }
    }
    // Other fields never wait for a payment, so they are saved now.
    tx.save(&after)?;
    let customer = tx.load(ObjectType::Customer, before.text("customer"))?;
    let planned_change = planned_change::compute(tx, &after, &customer, change_request)?;
    apply_change(tx, &before, &after, planned_change, payment_behavior)
        .map(|subscription| ApiResponse::object(&subscription))
}

/// Reads a change of items, trial or billing period. None when none of them changes.
fn read_change(tx: &Tx<'_>, before: &Object, params: &mut Params) -> Result<Option<ChangeRequest>, Error> {
    let items = params.hashes("items")?;
    if items.is_some() {
        schedule_phases::require_no_schedule(before, "items")?;
    }
    let items = items.map(|items| subscription_item_params::read_changed_items(tx, before, items)).transpose()?;
    let is_trialing = before.text("status") == "trialing";
    let trial_end = subscription_params::read_trial_end(tx, params)?.filter(|end| is_trialing || *end != TrialEnd::Now);
    let proration_behavior = subscription_params::read_proration_behavior(params)?;
    let proration_date = params.integer("proration_date")?.unwrap_or_else(|| tx.now());
    let resets_anchor = params.choice("billing_cycle_anchor", &["now", "unchanged"])?.as_deref() == Some("now");
    if items.is_none() && trial_end.is_none() && !resets_anchor {
        return Ok(None);
    }
    let items = items.unwrap_or_else(|| subscription_item::items_of(before).to_vec());
    Ok(Some(ChangeRequest { items, trial_end, resets_anchor, proration_behavior, proration_date }))
}

/// Reads all other fields. An ended subscription accepts only metadata and cancellation details.
fn read_other_fields(tx: &Tx<'_>, after: &mut Object, changes_plan: bool, params: &mut Params) -> Result<(), Error> {
    if let Some(changes) = params.metadata()? {
        after.set("metadata", merge_metadata(after.get("metadata"), changes));
    }
    subscription_params::read_cancellation_details(after, params)?;
    if changes_plan || !params.is_empty() {
        subscription_status::require_not_ended(after)?;
    }
    subscription_params::apply_fields(tx, after, params)?;
    subscription_params::read_pause_collection(after, params)?;
    if let Some(cancel_at) = subscription_params::read_cancel_at(tx, params)? {
        schedule_phases::require_no_schedule(after, "cancelation behavior")?;
        cancel_at::set(tx, after, cancel_at);
    }
    match subscription_discounts::read_change(tx, after, params)? {
        DiscountChange::Keep => {}
        DiscountChange::Replace(discount) => discounts::replace(tx, after, Some(&discount))?,
        DiscountChange::Remove => discounts::replace(tx, after, None)?,
    }
    params.ignore(subscription_params::IGNORED);
    Ok(())
}

/// Applies the change and the other fields as one event, unless the change has to wait for a payment.
fn apply_change(
    tx: &Tx<'_>,
    before: &Object,
    with_other_fields: &Object,
    planned_change: planned_change::PlannedChange,
    payment_behavior: PaymentBehavior,
) -> Result<Object, Error> {
    if payment_behavior == PaymentBehavior::PendingIfIncomplete && planned_change.invoices_now {
        subscription_status::save(tx, before, with_other_fields)?;
        return apply_change::apply(tx, with_other_fields, planned_change, payment_behavior);
    }
    apply_change::apply(tx, before, planned_change, payment_behavior)
}

fn cancel(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut subscription = load(tx, &call.id)?;
    let params = &mut call.params;
    let invoice_now = params.flag("invoice_now")?.unwrap_or(false);
    let prorate = params.flag("prorate")?.unwrap_or(false);
    subscription_params::read_cancellation_details(&mut subscription, params)?;
    call.finish()?;
    if subscription_status::require_not_ended(&subscription).is_err() {
        // Stripe responds with 404 when the subscription has already ended.
        return Err(ApiError::resource_missing(ObjectType::Subscription, subscription.id(), "id").into());
    }
    let options = Cancellation { prorate, invoice_now, ..Cancellation::REQUESTED };
    Ok(ApiResponse::object(&cancellation::cancel(tx, &subscription, &options)?))
}

fn delete_discount(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let before = load(tx, &call.id)?;
    call.finish()?;
    let Some(discount) = discounts::discount_of(tx, &before)? else {
        let message = format!("No active discount for subscription: {}", before.id());
        let api_error = ApiError { status: 404, ..ApiError::invalid_request(message).with_code("resource_missing") };
        return Err(api_error.with_param("id").into());
    };
    let mut after = before.clone();
    discounts::replace(tx, &mut after, None)?;
    subscription_status::save(tx, &before, &after)?;
    let mut deleted = discount.to_public_json();
    deleted["deleted"] = true.into();
    Ok(ApiResponse { status: 200, body: deleted })
}

fn pause(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = load(tx, &call.id)?;
    call.params.choice("type", &["subscription"])?;
    call.params.ignore(&["bill_for", "invoicing_behavior"]);
    call.finish()?;
    if !matches!(before.text("status"), "active" | "trialing" | "past_due") {
        let status = before.text("status");
        return Err(
            ApiError::invalid_request(format!("A subscription with a status of {status} cannot be paused.")).into()
        );
    }
    let paused = subscription_status::pause(tx, &before, before.clone(), "pause_requested")?;
    Ok(ApiResponse::object(&paused))
}

fn resume(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = load(tx, &call.id)?;
    let keeps_anchor =
        call.params.choice("billing_cycle_anchor", &["now", "unchanged"])?.as_deref() == Some("unchanged");
    call.params.ignore(&["payment_behavior", "proration_behavior", "proration_date"]);
    call.finish()?;
    if before.text("status") != "paused" {
        let message = "This subscription cannot be resumed because it is not paused.";
        return Err(ApiError::invalid_request(message).into());
    }
    Ok(ApiResponse::object(&apply_change::resume(tx, &before, keeps_anchor)?))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::Subscription, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query =
        Query::of(ObjectType::Subscription).filter(params, &["customer", "collection_method", "test_clock"])?;
    query = query.filter_created(params)?;
    for field in ["current_period_start", "current_period_end"] {
        query = query.filter_time(params, field, &format!("items.data[0].{field}"))?;
    }
    if let Some(price) = params.text("price")? {
        query = query.with("items.data[0].price.id", price);
    }
    let statuses: &[&str] = match params.text("status")?.as_deref() {
        Some("all") => return request::list(tx, query, call),
        Some("ended") => &["canceled", "incomplete_expired"],
        Some(status) => return request::list(tx, query.with("status", status.to_owned()), call),
        None => return request::list(tx, query.and_sql("json_extract(body, '$.status') <> 'canceled'"), call),
    };
    let statuses: Vec<String> = statuses.iter().map(|status| (*status).to_owned()).collect();
    request::list(tx, query.with_any_of("status", &statuses), call)
}
