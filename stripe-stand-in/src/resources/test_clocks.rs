//! `/v1/test_helpers/test_clocks` (<https://docs.stripe.com/api/test_clocks>): separate clocks for the customers that
//! are created with them.

use serde_json::{Value, json};

use crate::resources::customers;
use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::time;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::billing_interval::DAY;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/test_helpers/test_clocks", create),
    Route::get("/v1/test_helpers/test_clocks", list),
    Route::get("/v1/test_helpers/test_clocks/{id}", retrieve),
    Route::delete("/v1/test_helpers/test_clocks/{id}", delete),
    Route::post("/v1/test_helpers/test_clocks/{id}/advance", advance),
];

/// How long Stripe keeps a test clock.
const LIFETIME_SECONDS: i64 = 30 * DAY;

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let frozen_time = call.params.integer("frozen_time")?.ok_or_else(|| ApiError::missing_param("frozen_time"))?;
    let name = call.params.nullable_text("name")?;
    call.finish()?;
    let fields = json!({
        "created": tx.now(),
        "deletes_after": tx.now() + LIFETIME_SECONDS,
        "frozen_time": frozen_time,
        "name": name,
        "status": "ready",
        "status_details": {},
    });
    let clock = Object::new(ObjectType::TestClock, ObjectType::TestClock.new_id(), fields);
    tx.insert(&clock)?;
    tx.emit("test_helpers.test_clock.created", &clock)?;
    Ok(ApiResponse::object(&clock))
}

/// Stripe advances in the background and responds with `advancing`. Here the clock is ready when the response is
/// sent, and the next request shows it.
fn advance(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut clock = tx.load(ObjectType::TestClock, &call.id)?;
    let target_time = call.params.integer("frozen_time")?.ok_or_else(|| ApiError::missing_param("frozen_time"))?;
    call.finish()?;
    check_target_time(tx, &clock, target_time)?;
    tx.set_now(clock.int("frozen_time"));
    clock.set("status", "advancing");
    clock.set("status_details", json!({ "advancing": { "target_frozen_time": target_time } }));
    tx.save(&clock)?;
    tx.emit("test_helpers.test_clock.advancing", &clock)?;
    let advancing = clock.clone();
    time::advance_test_clock(tx, &mut clock, target_time)?;
    tx.set_now(target_time);
    clock.set("status", "ready");
    clock.set("status_details", Value::Object(serde_json::Map::new()));
    tx.save(&clock)?;
    tx.emit("test_helpers.test_clock.ready", &clock)?;
    Ok(ApiResponse::object(&advancing))
}

/// Refuses to go back, and to advance by more than two intervals of the shortest subscription.
fn check_target_time(tx: &Tx<'_>, clock: &Object, target_time: i64) -> Result<(), Error> {
    let now = clock.int("frozen_time");
    let refuse = |message: &str| Err(ApiError::invalid_request(message).with_param("frozen_time").into());
    if target_time <= now {
        return refuse("The new `frozen_time` must be after the current one.");
    }
    for subscription in tx.objects_on_test_clock(ObjectType::Subscription, clock.id())? {
        if subscription_item::common_interval(subscription_item::items_of(&subscription))?.add_to(now, 2) < target_time
        {
            return refuse("You can only advance up to two intervals of the shortest subscription on the clock.");
        }
    }
    Ok(())
}

fn delete(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let clock = tx.load(ObjectType::TestClock, &call.id)?;
    call.finish()?;
    for customer in tx.objects_on_test_clock(ObjectType::Customer, clock.id())? {
        customers::remove(tx, &customer)?;
    }
    tx.delete(&clock)?;
    tx.emit("test_helpers.test_clock.deleted", &clock)?;
    Ok(ApiResponse::deleted(ObjectType::TestClock, clock.id()))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::TestClock, call)
}

fn list(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::list(tx, Query::of(ObjectType::TestClock), call)
}
