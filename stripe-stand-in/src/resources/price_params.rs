//! Creates prices from the parameters of `/v1/prices`, of a product's default price, or of a line item.

use serde_json::{Map, Value, json};

use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const TAX_BEHAVIORS: &[&str] = &["exclusive", "inclusive", "unspecified"];

/// A price of a product from the parameters of `/v1/prices`, of `default_price_data` or of a line item's
/// `price_data`. The caller stores it.
pub(crate) fn for_product(tx: &Tx<'_>, mut params: Params, product: &str) -> Result<Object, Error> {
    let Some(currency) = params.currency("currency")? else {
        return Err(ApiError::missing_param(&params.full_name("currency")).into());
    };
    let unit_amount = unit_amount(&mut params)?;
    if unit_amount.is_none() {
        let name = params.full_name("unit_amount");
        let message = "Price requires one of `unit_amount` or `unit_amount_decimal`.";
        return Err(ApiError::invalid_request(message).with_code("parameter_missing").with_param(&name).into());
    }
    let recurring = params.hash("recurring")?.map(recurring).transpose()?;
    params.choice("billing_scheme", &["per_unit"])?;
    let tax_behavior = params.choice("tax_behavior", TAX_BEHAVIORS)?;
    let fields = json!({
        "active": params.flag("active")?.unwrap_or(true),
        "billing_scheme": "per_unit",
        "created": tx.now(),
        "currency": currency,
        "custom_unit_amount": null,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": product,
        "recurring": recurring,
        "tax_behavior": tax_behavior.unwrap_or_else(|| "unspecified".to_owned()),
        "tiers_mode": null,
        "transform_quantity": null,
        "type": if recurring.is_some() { "recurring" } else { "one_time" },
        "unit_amount": unit_amount,
        "unit_amount_decimal": unit_amount.map(|amount| amount.to_string()),
    });
    let mut price = Object::new(ObjectType::Price, ObjectType::Price.new_id(), fields);
    apply(tx, &mut price, &mut params)?;
    params.finish()?;
    Ok(price)
}

pub(crate) fn apply(tx: &Tx<'_>, price: &mut Object, params: &mut Params) -> Result<(), Error> {
    let transfer = params.flag("transfer_lookup_key")?.unwrap_or(false);
    if let Some(key) = params.nullable_text("lookup_key")? {
        if let Some(key) = key.as_str() {
            claim_lookup_key(tx, price.id(), key, transfer)?;
        }
        price.set("lookup_key", key);
    }
    price.set_if_some("nickname", params.nullable_text("nickname")?);
    if let Some(changes) = params.metadata()? {
        let metadata = merge_metadata(price.get("metadata"), changes);
        price.set("metadata", metadata);
    }
    if let Some(options) = params.hash("currency_options")? {
        let options = currency_options(options)?;
        price.set_hidden("currency_options", options);
    }
    Ok(())
}

/// A lookup key belongs to one price. `transfer_lookup_key` takes it from the price that has it; otherwise it is
/// refused.
fn claim_lookup_key(tx: &Tx<'_>, price: &str, key: &str, transfer: bool) -> Result<(), Error> {
    let Some(holder) = tx.first(Query::of(ObjectType::Price).with("lookup_key", key.to_owned()))? else {
        return Ok(());
    };
    if holder.id() == price {
        return Ok(());
    }
    if !transfer {
        let message = format!("A price (`{}`) already uses that lookup key.", holder.id());
        return Err(ApiError::invalid_request(message).with_param("lookup_key").into());
    }
    let mut without_key = holder.clone();
    without_key.set("lookup_key", Value::Null);
    tx.save_and_emit("price.updated", &holder, &without_key)
}

fn unit_amount(params: &mut Params) -> Result<Option<i64>, ApiError> {
    let amount = params.amount("unit_amount")?;
    let Some(decimal) = params.text("unit_amount_decimal")? else {
        return Ok(amount);
    };
    // Only metered prices need fractions of a minor unit, and the stand-in has none.
    let parsed = decimal
        .parse::<i64>()
        .map_err(|_| params.invalid("unit_amount_decimal", "The stand-in takes whole minor units only."))?;
    Ok(amount.or(Some(parsed)))
}

fn recurring(mut params: Params) -> Result<Value, ApiError> {
    let interval = params.choice("interval", &["day", "week", "month", "year"])?;
    let interval = interval.ok_or_else(|| ApiError::missing_param(&params.full_name("interval")))?;
    let recurring = json!({
        "interval": interval,
        "interval_count": params.integer("interval_count")?.unwrap_or(1),
        "meter": params.nullable_text("meter")?,
        "trial_period_days": params.integer("trial_period_days")?,
        "usage_type": params.choice("usage_type", &["licensed", "metered"])?.unwrap_or("licensed".into()),
    });
    params.finish()?;
    Ok(recurring)
}

fn currency_options(mut params: Params) -> Result<Value, ApiError> {
    let mut options = Map::new();
    for currency in params.keys() {
        let Some(mut option) = params.hash(&currency)? else { continue };
        let amount = unit_amount(&mut option)?;
        let tax_behavior = option.choice("tax_behavior", TAX_BEHAVIORS)?;
        option.finish()?;
        let option = json!({
            "custom_unit_amount": null,
            "tax_behavior": tax_behavior.unwrap_or_else(|| "unspecified".to_owned()),
            "unit_amount": amount,
            "unit_amount_decimal": amount.map(|amount| amount.to_string()),
        });
        options.insert(currency.to_lowercase(), option);
    }
    Ok(Value::Object(options))
}
