//! `/v1/billing_portal/configurations` (<https://docs.stripe.com/api/customer_portal/configurations>): what customers
//! may do in the portal.

use serde_json::{Value, json};

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/billing_portal/configurations", create),
    Route::get("/v1/billing_portal/configurations", list),
    Route::get("/v1/billing_portal/configurations/{id}", retrieve),
    Route::post("/v1/billing_portal/configurations/{id}", update),
];

const PRORATION_BEHAVIORS: &[&str] = &["always_invoice", "create_prorations", "none"];

/// The default configuration of portal sessions. At Stripe it must be saved in the Dashboard first. Here it enables
/// every feature of the portal, with any price in the subscription's currency.
pub(crate) fn default(tx: &Tx<'_>) -> Result<Object, Error> {
    if let Some(config) = tx.first(Query::of(ObjectType::PortalConfiguration).with("is_default", 1))? {
        return Ok(config);
    }
    let mut configuration = blank(tx);
    configuration.set("is_default", true);
    let mut features = configuration.get("features").clone();
    for feature in ["invoice_history", "payment_method_update", "subscription_cancel", "subscription_update"] {
        features[feature]["enabled"] = json!(true);
    }
    features["subscription_update"]["default_allowed_updates"] = json!(["price"]);
    features["subscription_update"]["proration_behavior"] = json!("always_invoice");
    configuration.set("features", features);
    tx.insert(&configuration)?;
    Ok(configuration)
}

fn blank(tx: &Tx<'_>) -> Object {
    let fields = json!({
        "active": true,
        "application": null,
        "business_profile": { "headline": null, "privacy_policy_url": null, "terms_of_service_url": null },
        "created": tx.now(),
        "default_return_url": null,
        "features": {
            "customer_update": { "allowed_updates": [], "enabled": false },
            "invoice_history": { "enabled": false },
            "payment_method_update": { "enabled": false, "payment_method_configuration": null },
            "subscription_cancel": {
                "cancellation_reason": { "enabled": false, "feedback_options": null, "options": [] },
                "enabled": false,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_update": {
                "billing_cycle_anchor": null,
                "default_allowed_updates": [],
                "enabled": false,
                "products": [],
                "proration_behavior": "none",
                "schedule_at_period_end": { "conditions": [] },
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": false,
        "login_page": { "enabled": false, "url": null },
        "metadata": {},
        "name": null,
        "updated": tx.now(),
    });
    Object::new(ObjectType::PortalConfiguration, ObjectType::PortalConfiguration.new_id(), fields)
}

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    if !call.params.has("features") {
        return Err(ApiError::missing_param("features").into());
    }
    let mut configuration = blank(tx);
    apply(&mut configuration, &mut call.params)?;
    call.finish()?;
    tx.insert(&configuration)?;
    tx.emit("billing_portal.configuration.created", &configuration)?;
    Ok(ApiResponse::object(&configuration))
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::PortalConfiguration, &call.id)?;
    let mut configuration = before.clone();
    configuration.set_if_some("active", call.params.flag("active")?);
    apply(&mut configuration, &mut call.params)?;
    call.finish()?;
    configuration.set("updated", tx.now());
    tx.save_and_emit("billing_portal.configuration.updated", &before, &configuration)?;
    Ok(ApiResponse::object(&configuration))
}

fn apply(configuration: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    configuration.set_if_some("default_return_url", params.nullable_text("default_return_url")?);
    configuration.set_if_some("name", params.nullable_text("name")?);
    if let Some(mut given) = params.hash("business_profile")? {
        let mut profile = configuration.get("business_profile").clone();
        for field in ["headline", "privacy_policy_url", "terms_of_service_url"] {
            if let Some(value) = given.nullable_text(field)? {
                profile[field] = value;
            }
        }
        given.finish()?;
        configuration.set("business_profile", profile);
    }
    if let Some(given) = params.hash("features")? {
        let mut features = configuration.get("features").clone();
        read_features(&mut features, given)?;
        configuration.set("features", features);
    }
    if let Some(changes) = params.metadata()? {
        configuration.set("metadata", merge_metadata(configuration.get("metadata"), changes));
    }
    params.ignore(&["login_page"]);
    Ok(())
}

fn read_features(features: &mut Value, mut given: Params) -> Result<(), ApiError> {
    for name in
        ["customer_update", "invoice_history", "payment_method_update", "subscription_cancel", "subscription_update"]
    {
        let Some(mut feature) = given.hash(name)? else { continue };
        let config = &mut features[name];
        if let Some(enabled) = feature.flag("enabled")? {
            config["enabled"] = json!(enabled);
        }
        match name {
            "customer_update" => set_if_some(config, "allowed_updates", feature.texts("allowed_updates")?),
            "subscription_cancel" => read_cancel(config, &mut feature)?,
            "subscription_update" => read_update(config, &mut feature)?,
            _ => feature.ignore(&["payment_method_configuration"]),
        }
        feature.finish()?;
    }
    given.finish()
}

fn read_cancel(config: &mut Value, feature: &mut Params) -> Result<(), ApiError> {
    set_if_some(config, "mode", feature.choice("mode", &["at_period_end", "immediately"])?);
    set_if_some(config, "proration_behavior", feature.choice("proration_behavior", PRORATION_BEHAVIORS)?);
    if let Some(mut reason) = feature.hash("cancellation_reason")? {
        set_if_some(&mut config["cancellation_reason"], "enabled", reason.flag("enabled")?);
        set_if_some(&mut config["cancellation_reason"], "options", reason.texts("options")?);
        reason.finish()?;
    }
    Ok(())
}

fn read_update(config: &mut Value, feature: &mut Params) -> Result<(), ApiError> {
    set_if_some(config, "default_allowed_updates", feature.texts("default_allowed_updates")?);
    set_if_some(config, "proration_behavior", feature.choice("proration_behavior", PRORATION_BEHAVIORS)?);
    set_if_some(
        config,
        "trial_update_behavior",
        feature.choice("trial_update_behavior", &["continue_trial", "end_trial"])?,
    );
    set_if_some(config, "billing_cycle_anchor", feature.choice("billing_cycle_anchor", &["now", "unchanged"])?);
    let Some(given) = feature.hashes("products")? else {
        feature.ignore(&["schedule_at_period_end"]);
        return Ok(());
    };
    let mut products = Vec::new();
    for mut product in given {
        let (id, prices) = (product.required_text("product")?, product.texts("prices")?.unwrap_or_default());
        product.ignore(&["adjustable_quantity"]);
        product.finish()?;
        let adjustable = json!({ "enabled": false, "maximum": null, "minimum": 1 });
        products.push(json!({ "adjustable_quantity": adjustable, "prices": prices, "product": id }));
    }
    config["products"] = Value::Array(products);
    feature.ignore(&["schedule_at_period_end"]);
    Ok(())
}

fn set_if_some(config: &mut Value, field: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        config[field] = value.into();
    }
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::PortalConfiguration, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::PortalConfiguration).filter_flag(&mut call.params, "active")?;
    let query = query.filter_flag(&mut call.params, "is_default")?;
    request::list(tx, query, call)
}
