//! `/v1/subscription_items` (<https://docs.stripe.com/api/subscription_items>).

use serde_json::{Value, json};

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::resources::{subscription_item_params, subscription_params};
use crate::rules::billing::planned_change::{self, ChangeRequest, PaymentBehavior, ProrationBehavior};
use crate::rules::billing::{apply_change, schedule_phases, subscription_status};
use crate::state::query::Query;
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;
use crate::values::params::Params;

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/subscription_items", create),
    Route::get("/v1/subscription_items", list),
    Route::get("/v1/subscription_items/{id}", retrieve),
    Route::post("/v1/subscription_items/{id}", update),
    Route::delete("/v1/subscription_items/{id}", delete),
];

/// How a change is prorated and paid.
struct ChangeOptions {
    proration_behavior: ProrationBehavior,
    /// The time from which unused time is credited, in unix seconds.
    proration_date: i64,
    payment_behavior: PaymentBehavior,
}

impl ChangeOptions {
    fn read(tx: &Tx<'_>, params: &mut Params) -> Result<ChangeOptions, ApiError> {
        Ok(ChangeOptions {
            proration_behavior: subscription_params::read_proration_behavior(params)?,
            proration_date: params.integer("proration_date")?.unwrap_or_else(|| tx.now()),
            payment_behavior: subscription_params::read_payment_behavior(params)?
                .unwrap_or(PaymentBehavior::AllowIncomplete),
        })
    }
}

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let subscription = call.params.required_text("subscription")?;
    let before = tx.load_param(ObjectType::Subscription, &subscription, "subscription")?;
    test_clock::use_clock_of(tx, &before)?;
    let options = ChangeOptions::read(tx, &mut call.params)?;
    let items = subscription_item_params::with_added_item(tx, &before, call.params)?;
    let item = items.last().cloned().unwrap_or_default();
    let after = change_items(tx, &before, items, options)?;
    Ok(item_response(&after, item))
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = subscription_of_item(tx, &call.id)?;
    test_clock::use_clock_of(tx, &before)?;
    let options = ChangeOptions::read(tx, &mut call.params)?;
    call.params.ignore(&["off_session"]);
    let items = subscription_item_params::with_changed_item(tx, &before, &call.id, call.params)?;
    let item = find_item(&items, &call.id).cloned().unwrap_or_default();
    let after = change_items(tx, &before, items, options)?;
    Ok(item_response(&after, item))
}

fn delete(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = subscription_of_item(tx, &call.id)?;
    test_clock::use_clock_of(tx, &before)?;
    let options = ChangeOptions::read(tx, &mut call.params)?;
    call.params.ignore(&["clear_usage"]);
    let id = call.id.clone();
    call.finish()?;
    let mut items = subscription_item::items_of(&before).to_vec();
    items.retain(|item| item["id"] != id.as_str());
    if items.is_empty() {
        let message = "A subscription must have at least one active plan. In order to cancel a subscription, please \
            use the cancel API endpoint on the Subscription itself.";
        return Err(ApiError::invalid_request(message).into());
    }
    change_items(tx, &before, items, options)?;
    Ok(ApiResponse { status: 200, body: json!({ "id": id, "object": "subscription_item", "deleted": true }) })
}

/// Changes the items of a subscription to `items`.
fn change_items(tx: &Tx<'_>, before: &Object, items: Vec<Value>, options: ChangeOptions) -> Result<Object, Error> {
    subscription_status::require_not_ended(before)?;
    schedule_phases::require_no_schedule(before, "items")?;
    planned_change::require_not_incomplete(before)?;
    let customer = tx.load(ObjectType::Customer, before.text("customer"))?;
    let ChangeOptions { proration_behavior, proration_date, payment_behavior } = options;
    let change_request =
        ChangeRequest { items, trial_end: None, resets_anchor: false, proration_behavior, proration_date };
    let planned_change = planned_change::compute(tx, before, &customer, change_request)?;
    apply_change::apply(tx, before, planned_change, payment_behavior)
}

/// The current item, or the planned one while the change waits for its payment.
fn item_response(subscription: &Object, planned: Value) -> ApiResponse {
    let id = planned["id"].as_str().unwrap_or_default();
    let is_pending = subscription.get("pending_update").is_object();
    let current = find_item(subscription_item::items_of(subscription), id).filter(|_| !is_pending).cloned();
    ApiResponse { status: 200, body: current.unwrap_or(planned) }
}

fn find_item<'a>(items: &'a [Value], id: &str) -> Option<&'a Value> {
    items.iter().find(|item| item["id"] == id)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let subscription = call.params.required_text("subscription")?;
    let subscription = tx.load_param(ObjectType::Subscription, &subscription, "subscription")?;
    let page = request::read_page(&mut call.params)?;
    let url = call.path.clone();
    call.finish()?;
    Ok(request::list_page_of(&url, subscription_item::items_of(&subscription), &page))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let subscription = subscription_of_item(tx, &call.id)?;
    let item = find_item(subscription_item::items_of(&subscription), &call.id).cloned();
    call.finish()?;
    Ok(ApiResponse { status: 200, body: item.unwrap_or_default() })
}

/// The subscription of an item, or Stripe's 404.
fn subscription_of_item(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    let mut subscriptions = tx.all(Query::of(ObjectType::Subscription))?.into_iter();
    let found = subscriptions.find(|subscription| find_item(subscription_item::items_of(subscription), id).is_some());
    found.ok_or_else(|| {
        let api_error =
            ApiError { status: 404, ..ApiError::invalid_request(format!("No such subscription_item: '{id}'")) };
        api_error.with_code("resource_missing").with_param("item").into()
    })
}
