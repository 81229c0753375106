//! `/v1/plans` (<https://docs.stripe.com/api/plans>): the older form of recurring prices. Stripe's CLI still creates
//! them.

use serde_json::json;

use crate::resources::request::{ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::resources::{price_params, product_params};
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;
use crate::values::params::Params;

pub(crate) const ROUTES: &[Route] = &[Route::post("/v1/plans", create), Route::get("/v1/plans/{id}", retrieve)];

/// Creates a recurring price and returns it in the form of a plan.
fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let product = product(tx, params)?;
    let as_price = json!({
        "currency": params.required_text("currency")?,
        "metadata": params.raw("metadata").unwrap_or_else(|| json!({})),
        "nickname": params.text("nickname")?.unwrap_or_default(),
        "recurring": {
            "interval": params.required_text("interval")?,
            "interval_count": params.text("interval_count")?.unwrap_or_else(|| "1".to_owned()),
        },
        "unit_amount": params.required_text("amount")?,
    });
    call.finish()?;
    let as_price = as_price.as_object().cloned().unwrap_or_default();
    let price = price_params::for_product(tx, Params::new(as_price), product.id())?;
    tx.insert(&price)?;
    let plan = Object::from(subscription_item::plan_from_price(&price));
    tx.emit("plan.created", &plan)?;
    tx.emit("price.created", &price)?;
    Ok(ApiResponse::object(&plan))
}

fn product(tx: &Tx<'_>, params: &mut Params) -> Result<Object, Error> {
    if params.is_text("product") {
        return tx.load_param(ObjectType::Product, &params.required_text("product")?, "product");
    }
    let mut data = params.hash("product")?.ok_or_else(|| ApiError::missing_param("product"))?;
    let product = product_params::product_from_params(tx, &mut data)?;
    data.finish()?;
    tx.insert(&product)?;
    tx.emit("product.created", &product)?;
    Ok(product)
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let price = tx.load_param(ObjectType::Price, &call.id, "plan")?;
    call.finish()?;
    Ok(ApiResponse::object(&Object::from(subscription_item::plan_from_price(&price))))
}
