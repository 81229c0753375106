//! `/v1/products` (<https://docs.stripe.com/api/products>).

use serde_json::{Value, json};

use super::prices;
use crate::api::Route;
use crate::api::call::{self, Call, Reply};
use crate::api::params::{Params, merged};
use crate::error::{Error, Refusal};
use crate::ids::Kind;
use crate::object::Object;
use crate::store::{Query, Tx};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/products", create),
    Route::get("/v1/products", list),
    Route::get("/v1/products/{id}", retrieve),
    Route::post("/v1/products/{id}", update),
    Route::delete("/v1/products/{id}", delete),
];

const TEXTS: &[&str] = &["description", "statement_descriptor", "tax_code", "unit_label", "url"];

/// Creates a product from the parameters of `/v1/products` or of a `product_data` hash.
pub(crate) fn create_from(tx: &Tx<'_>, params: &mut Params) -> Result<Object, Error> {
    let id = match params.text("id")? {
        Some(id) if tx.find(Kind::Product, &id)?.is_some() => {
            let refusal = Refusal::invalid("Product already exists.").param("id");
            return Err(refusal.code("resource_already_exists").into());
        }
        Some(id) => id,
        None => Kind::Product.new_id(),
    };
    let fields = json!({
        "active": true,
        "created": tx.now(),
        "default_price": null,
        "description": null,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "name": params.required("name")?,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "type": "service",
        "unit_label": null,
        "updated": tx.now(),
        "url": null,
    });
    let mut product = Object::new(Kind::Product, id, fields);
    apply(&mut product, params)?;
    Ok(product)
}

fn create(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let mut product = create_from(tx, &mut call.params)?;
    let default_price = call.params.hash("default_price_data")?;
    call.finish()?;
    let price = default_price.map(|params| prices::for_product(tx, params, product.id())).transpose()?;
    product.set("default_price", price.as_ref().map(Object::id));
    tx.insert(&product)?;
    tx.emit("product.created", &product)?;
    if let Some(price) = price {
        tx.insert(&price)?;
        tx.emit("price.created", &price)?;
    }
    Ok(Reply::object(&product))
}

fn update(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let before = tx.load(Kind::Product, &call.id)?;
    let mut product = before.clone();
    if let Some(name) = call.params.text("name")? {
        product.set("name", name);
    }
    if let Some(price) = call.params.nullable("default_price")? {
        if let Some(id) = price.as_str() {
            tx.load_param(Kind::Price, id, "default_price")?;
        }
        product.set("default_price", price);
    }
    apply(&mut product, &mut call.params)?;
    call.finish()?;
    if !before.changed_by(&product).is_empty() {
        product.set("updated", tx.now());
    }
    tx.save_and_emit("product.updated", &before, &product)?;
    Ok(Reply::object(&product))
}

fn apply(product: &mut Object, params: &mut Params) -> Result<(), Refusal> {
    for field in TEXTS {
        product.set_if(field, params.nullable(field)?);
    }
    product.set_if("active", params.flag("active")?);
    product.set_if("shippable", params.flag("shippable")?);
    product.set_if("images", params.texts("images")?);
    if let Some(features) = params.hashes("marketing_features")? {
        product.set("marketing_features", named(features)?);
    }
    if let Some(changes) = params.metadata()? {
        let metadata = merged(product.get("metadata"), changes);
        product.set("metadata", metadata);
    }
    params.ignore(&["package_dimensions", "tax_details"]);
    Ok(())
}

fn named(features: Vec<Params>) -> Result<Value, Refusal> {
    let name = |mut feature: Params| feature.required("name").map(|name| json!({ "name": name }));
    features.into_iter().map(name).collect()
}

fn retrieve(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    call::retrieve(tx, Kind::Product, call)
}

fn delete(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    let product = tx.load(Kind::Product, &call.id)?;
    call.finish()?;
    if tx.first(Query::of(Kind::Price).with("product", product.id().to_owned()))?.is_some() {
        let message = "This product cannot be deleted because it has one or more user-created prices.";
        return Err(Refusal::invalid(message).param("id").into());
    }
    tx.delete(&product)?;
    tx.emit("product.deleted", &product)?;
    Ok(Reply::deleted(Kind::Product, product.id()))
}

fn list(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let params = &mut call.params;
    let mut query = Query::of(Kind::Product).filter(params, &["url"])?;
    query = query.filter_flag(params, "active")?.filter_flag(params, "shippable")?;
    query = query.filter_created(params)?;
    if let Some(ids) = params.texts("ids")? {
        query = query.among("id", &ids);
    }
    call::list(tx, query, call)
}
