//! `expand[]`: replaces ids in a response by the objects they name (<https://docs.stripe.com/api/expanding_objects>).

use serde_json::Value;

use crate::resources::includable_fields;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// How many levels Stripe expands.
const MAX_DEPTH: usize = 4;

/// Expands each of `paths` (such as `data.payment_intent.latest_charge`) in `body`.
pub(crate) fn expand(tx: &Tx<'_>, body: &mut Value, paths: &[String]) -> Result<(), Error> {
    for path in paths {
        let fields: Vec<&str> = path.split('.').collect();
        if fields.len() > MAX_DEPTH {
            let message = format!("You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}");
            return Err(ApiError::invalid_request(message).with_param("expand").into());
        }
        expand_path(tx, body, &fields, path)?;
    }
    Ok(())
}

fn expand_path(tx: &Tx<'_>, value: &mut Value, fields: &[&str], path: &str) -> Result<(), Error> {
    let Some((field, rest)) = fields.split_first() else {
        return Ok(());
    };
    match value {
        Value::Array(items) => {
            for item in items {
                expand_path(tx, item, fields, path)?;
            }
            Ok(())
        }
        Value::Object(object) => {
            if !object.contains_key(*field) {
                let included =
                    includable_fields::include_field(tx, &Object::from(Value::Object(object.clone())), field)?;
                let included = included.ok_or_else(|| cannot_expand(path))?;
                object.insert((*field).to_owned(), included);
            }
            let Some(inner) = object.get_mut(*field) else {
                return Ok(());
            };
            expand_reference(tx, inner, field, path)?;
            expand_path(tx, inner, rest, path)
        }
        // A null reference stays null, however long the path is.
        _ => Ok(()),
    }
}

/// Replaces an id by its object. In a list, each id is replaced. Hashes, lists of hashes and null stay as they are.
fn expand_reference(tx: &Tx<'_>, value: &mut Value, field: &str, path: &str) -> Result<(), Error> {
    if let Value::Array(ids) = value {
        return ids.iter_mut().try_for_each(|id| expand_reference(tx, id, field, path));
    }
    let Value::String(id) = &*value else {
        return Ok(());
    };
    let object_type = if field == "coupon" { Some(ObjectType::Coupon) } else { ObjectType::from_id(id) };
    let object_type = object_type.ok_or_else(|| cannot_expand(path))?;
    if let Some(object) = tx.find(object_type, id)? {
        *value = object.to_public_json();
    } else if tx.is_deleted(object_type, id)? {
        *value = serde_json::json!({ "id": id, "object": object_type.object_name(), "deleted": true });
    }
    Ok(())
}

fn cannot_expand(path: &str) -> ApiError {
    let message =
        format!("This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead.");
    ApiError::invalid_request(message).with_param("expand")
}
