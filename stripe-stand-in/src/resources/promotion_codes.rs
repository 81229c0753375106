//! `/v1/promotion_codes` (<https://docs.stripe.com/api/promotion_codes>): codes that a payer enters to use a coupon.

use serde_json::{Value, json};

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::promotion_codes;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/promotion_codes", create),
    Route::get("/v1/promotion_codes", list),
    Route::get("/v1/promotion_codes/{id}", retrieve),
    Route::post("/v1/promotion_codes/{id}", update),
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let coupon_id = coupon_id(params)?;
    let coupon = tx.load_param(ObjectType::Coupon, &coupon_id, "promotion[coupon]")?;
    let code = params.text("code")?.unwrap_or_else(|| object_type::random_alphanumeric(8).to_uppercase());
    if promotion_codes::find_active(tx, &code)?.is_some() {
        let message = format!("An active promotion code with `code: {code}` already exists.");
        return Err(params.invalid("code", &message).with_code("resource_already_exists").into());
    }
    let customer = params.nullable_text("customer")?.unwrap_or_default();
    if let Some(id) = customer.as_str() {
        tx.load_param(ObjectType::Customer, id, "customer")?;
    }
    let fields = json!({
        "active": params.flag("active")?.unwrap_or(true),
        "code": code,
        "created": tx.now(),
        "customer": customer,
        "customer_account": null,
        "expires_at": params.integer("expires_at")?,
        "max_redemptions": params.integer("max_redemptions")?,
        "metadata": {},
        "promotion": { "coupon": coupon.id(), "type": "coupon" },
        "restrictions": restrictions(params.hash("restrictions")?)?,
        "times_redeemed": 0,
    });
    let mut promotion = Object::new(ObjectType::PromotionCode, ObjectType::PromotionCode.new_id(), fields);
    apply(&mut promotion, params)?;
    call.finish()?;
    tx.insert(&promotion)?;
    tx.emit("promotion_code.created", &promotion)?;
    Ok(ApiResponse::object(&promotion))
}

/// Reads `promotion[coupon]`, or the parameter `coupon` of older API versions, which Stripe's CLI still sends.
fn coupon_id(params: &mut Params) -> Result<String, ApiError> {
    let Some(mut promotion) = params.hash("promotion")? else {
        let older = params.text("coupon")?;
        return older.ok_or_else(|| ApiError::missing_param("promotion"));
    };
    promotion.choice("type", &["coupon"])?;
    let coupon = promotion.required_text("coupon")?;
    promotion.finish()?;
    Ok(coupon)
}

fn restrictions(params: Option<Params>) -> Result<Value, ApiError> {
    let mut params = params.unwrap_or_default();
    let restrictions = json!({
        "first_time_transaction": params.flag("first_time_transaction")?.unwrap_or(false),
        "minimum_amount": params.amount("minimum_amount")?,
        "minimum_amount_currency": params.currency("minimum_amount_currency")?,
    });
    params.finish()?;
    Ok(restrictions)
}

fn apply(promotion: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    if let Some(changes) = params.metadata()? {
        let metadata = merge_metadata(promotion.get("metadata"), changes);
        promotion.set("metadata", metadata);
    }
    Ok(())
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::PromotionCode, &call.id)?;
    let mut promotion = before.clone();
    promotion.set_if_some("active", call.params.flag("active")?);
    apply(&mut promotion, &mut call.params)?;
    call.finish()?;
    tx.save_and_emit("promotion_code.updated", &before, &promotion)?;
    Ok(ApiResponse::object(&promotion))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::PromotionCode, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query = Query::of(ObjectType::PromotionCode).filter(params, &["customer"])?;
    query = query.filter_flag(params, "active")?.filter_created(params)?;
    if let Some(code) = params.text("code")? {
        query = query.with_case_insensitive("code", code);
    }
    if let Some(coupon) = params.text("coupon")? {
        query = query.with("promotion.coupon", coupon);
    }
    request::list(tx, query, call)
}
