//! `/v1/products` (<https://docs.stripe.com/api/products>).

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::resources::{price_params, product_params};
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/products", create),
    Route::get("/v1/products", list),
    Route::get("/v1/products/{id}", retrieve),
    Route::post("/v1/products/{id}", update),
    Route::delete("/v1/products/{id}", delete),
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut product = product_params::product_from_params(tx, &mut call.params)?;
    let default_price = call.params.hash("default_price_data")?;
    call.finish()?;
    let price = default_price.map(|params| price_params::for_product(tx, params, product.id())).transpose()?;
    product.set("default_price", price.as_ref().map(Object::id));
    tx.insert(&product)?;
    tx.emit("product.created", &product)?;
    if let Some(price) = price {
        tx.insert(&price)?;
        tx.emit("price.created", &price)?;
    }
    Ok(ApiResponse::object(&product))
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Product, &call.id)?;
    let mut product = before.clone();
    if let Some(name) = call.params.text("name")? {
        product.set("name", name);
    }
    if let Some(price) = call.params.nullable_text("default_price")? {
        if let Some(id) = price.as_str() {
            tx.load_param(ObjectType::Price, id, "default_price")?;
        }
        product.set("default_price", price);
    }
    product_params::apply(&mut product, &mut call.params)?;
    call.finish()?;
    if !before.previous_attributes(&product).is_empty() {
        product.set("updated", tx.now());
    }
    tx.save_and_emit("product.updated", &before, &product)?;
    Ok(ApiResponse::object(&product))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::Product, call)
}

fn delete(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let product = tx.load(ObjectType::Product, &call.id)?;
    call.finish()?;
    if tx.first(Query::of(ObjectType::Price).with("product", product.id().to_owned()))?.is_some() {
        let message = "This product cannot be deleted because it has one or more user-created prices.";
        return Err(ApiError::invalid_request(message).with_param("id").into());
    }
    tx.delete(&product)?;
    tx.emit("product.deleted", &product)?;
    Ok(ApiResponse::deleted(ObjectType::Product, product.id()))
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query = Query::of(ObjectType::Product).filter(params, &["url"])?;
    query = query.filter_flag(params, "active")?.filter_flag(params, "shippable")?;
    query = query.filter_created(params)?;
    if let Some(ids) = params.texts("ids")? {
        query = query.with_any_of("id", &ids);
    }
    request::list(tx, query, call)
}
