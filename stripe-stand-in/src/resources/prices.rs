//! `/v1/prices` (<https://docs.stripe.com/api/prices>), one-time and recurring, per unit.

use crate::resources::price_params::{self, TAX_BEHAVIORS};
use crate::resources::product_params;
use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object_type::ObjectType;

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/prices", create),
    Route::get("/v1/prices", list),
    Route::get("/v1/prices/{id}", retrieve),
    Route::post("/v1/prices/{id}", update),
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let product = match (call.params.text("product")?, call.params.hash("product_data")?) {
        (Some(id), None) => tx.load_param(ObjectType::Product, &id, "product")?,
        (None, Some(mut data)) => {
            let product = product_params::product_from_params(tx, &mut data)?;
            data.finish()?;
            tx.insert(&product)?;
            tx.emit("product.created", &product)?;
            product
        }
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: product, product_data.";
            return Err(ApiError::invalid_request(message).with_param("product").into());
        }
        (None, None) => return Err(ApiError::missing_param("product").into()),
    };
    let price = price_params::for_product(tx, call.params, product.id())?;
    tx.insert(&price)?;
    tx.emit("price.created", &price)?;
    Ok(ApiResponse::object(&price))
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Price, &call.id)?;
    let mut price = before.clone();
    price.set_if_some("active", call.params.flag("active")?);
    price.set_if_some("tax_behavior", call.params.choice("tax_behavior", TAX_BEHAVIORS)?);
    price_params::apply(tx, &mut price, &mut call.params)?;
    call.finish()?;
    tx.save_and_emit("price.updated", &before, &price)?;
    Ok(ApiResponse::object(&price))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::Price, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query = Query::of(ObjectType::Price).filter(params, &["product", "currency", "type"])?;
    query = query.filter_flag(params, "active")?.filter_created(params)?;
    if let Some(keys) = params.texts("lookup_keys")? {
        query = query.with_any_of("lookup_key", &keys);
    }
    if let Some(mut recurring) = params.hash("recurring")? {
        for field in ["interval", "usage_type", "meter"] {
            if let Some(value) = recurring.text(field)? {
                query = query.with(&format!("recurring.{field}"), value);
            }
        }
        recurring.finish()?;
    }
    request::list(tx, query, call)
}
