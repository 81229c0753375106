//! Creates products from the parameters of `/v1/products`, of a price, or of a line item.

use serde_json::{Value, json};

use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

const TEXT_FIELDS: &[&str] = &["description", "statement_descriptor", "tax_code", "unit_label", "url"];

/// Creates a product from the parameters of `/v1/products` or of a `product_data` hash.
pub(crate) fn product_from_params(tx: &Tx<'_>, params: &mut Params) -> Result<Object, Error> {
    let id = match params.text("id")? {
        Some(id) if tx.find(ObjectType::Product, &id)?.is_some() => {
            let api_error = ApiError::invalid_request("Product already exists.").with_param("id");
            return Err(api_error.with_code("resource_already_exists").into());
        }
        Some(id) => id,
        None => ObjectType::Product.new_id(),
    };
    let fields = json!({
        "active": true,
        "created": tx.now(),
        "default_price": null,
        "description": null,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "name": params.required_text("name")?,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "type": "service",
        "unit_label": null,
        "updated": tx.now(),
        "url": null,
    });
    let mut product = Object::new(ObjectType::Product, id, fields);
    apply(&mut product, params)?;
    Ok(product)
}

pub(crate) fn apply(product: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    for field in TEXT_FIELDS {
        product.set_if_some(field, params.nullable_text(field)?);
    }
    product.set_if_some("active", params.flag("active")?);
    product.set_if_some("shippable", params.flag("shippable")?);
    product.set_if_some("images", params.texts("images")?);
    if let Some(features) = params.hashes("marketing_features")? {
        product.set("marketing_features", feature_names(features)?);
    }
    if let Some(changes) = params.metadata()? {
        let metadata = merge_metadata(product.get("metadata"), changes);
        product.set("metadata", metadata);
    }
    params.ignore(&["package_dimensions", "tax_details"]);
    Ok(())
}

fn feature_names(features: Vec<Params>) -> Result<Value, ApiError> {
    let name = |mut feature: Params| feature.required_text("name").map(|name| json!({ "name": name }));
    features.into_iter().map(name).collect()
}
