//! `/v1/coupons` (<https://docs.stripe.com/api/coupons>).

use serde_json::{Number, json};

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/coupons", create),
    Route::get("/v1/coupons", list),
    Route::get("/v1/coupons/{id}", retrieve),
    Route::post("/v1/coupons/{id}", update),
    Route::delete("/v1/coupons/{id}", delete),
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let coupon = build(tx, &mut call.params)?;
    call.finish()?;
    tx.insert(&coupon)?;
    tx.emit("coupon.created", &coupon)?;
    Ok(ApiResponse::object(&coupon))
}

fn build(tx: &Tx<'_>, params: &mut Params) -> Result<Object, Error> {
    let id = params.text("id")?.unwrap_or_else(|| ObjectType::Coupon.new_id());
    if tx.find(ObjectType::Coupon, &id)?.is_some() {
        let api_error = ApiError::invalid_request("Coupon already exists.").with_code("resource_already_exists");
        return Err(api_error.with_param("id").into());
    }
    let percent = params.text("percent_off")?.map(|text| percent(params, &text)).transpose()?;
    let amount_off = params.amount("amount_off")?;
    let currency = params.currency("currency")?;
    match (&percent, amount_off, &currency) {
        (Some(_), None, _) | (None, Some(_), Some(_)) => {}
        (None, Some(_), None) => return Err(ApiError::missing_param("currency").into()),
        _ => return Err(ApiError::invalid_request("You must provide either percent_off or amount_off.").into()),
    }
    let duration = params.choice("duration", &["forever", "once", "repeating"])?;
    let fields = json!({
        "amount_off": amount_off,
        "created": tx.now(),
        "currency": amount_off.and(currency),
        "duration": duration.unwrap_or_else(|| "once".to_owned()),
        "duration_in_months": params.integer("duration_in_months")?,
        "max_redemptions": params.integer("max_redemptions")?,
        "metadata": {},
        "name": null,
        "percent_off": percent.as_ref().map(|(shown, _)| shown),
        "redeem_by": params.integer("redeem_by")?,
        "times_redeemed": 0,
        "valid": true,
    });
    let mut coupon = Object::new(ObjectType::Coupon, id, fields);
    coupon.set_hidden("percent_hundredths", percent.map(|(_, hundredths)| hundredths));
    coupon.set_hidden("currency_options", params.raw("currency_options"));
    if let Some(mut applies_to) = params.hash("applies_to")? {
        coupon.set_hidden("applies_to", json!({ "products": applies_to.texts("products")? }));
        applies_to.finish()?;
    }
    apply(&mut coupon, params)?;
    Ok(coupon)
}

/// A percentage as a JSON number, and in hundredths of a percent: `25.5` is 2550.
fn percent(params: &Params, text: &str) -> Result<(Number, i64), ApiError> {
    let invalid = || params.invalid("percent_off", "Invalid percent_off: above 0 up to 100, two decimals.");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let hundredths: i64 = match fraction.len() {
        0..=2 => format!("{whole}{fraction:0<2}").parse().map_err(|_| invalid())?,
        _ => return Err(invalid()),
    };
    let number = serde_json::from_str(text).map_err(|_| invalid())?;
    if (1..=10_000).contains(&hundredths) { Ok((number, hundredths)) } else { Err(invalid()) }
}

fn apply(coupon: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    coupon.set_if_some("name", params.nullable_text("name")?);
    if let Some(changes) = params.metadata()? {
        let metadata = merge_metadata(coupon.get("metadata"), changes);
        coupon.set("metadata", metadata);
    }
    Ok(())
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Coupon, &call.id)?;
    let mut coupon = before.clone();
    apply(&mut coupon, &mut call.params)?;
    call.finish()?;
    tx.save_and_emit("coupon.updated", &before, &coupon)?;
    Ok(ApiResponse::object(&coupon))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::Coupon, call)
}

fn delete(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let mut coupon = tx.load(ObjectType::Coupon, &call.id)?;
    call.finish()?;
    tx.delete(&coupon)?;
    coupon.set("valid", false);
    tx.emit("coupon.deleted", &coupon)?;
    Ok(ApiResponse::deleted(ObjectType::Coupon, coupon.id()))
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::Coupon).filter_created(&mut call.params)?;
    request::list(tx, query, call)
}
