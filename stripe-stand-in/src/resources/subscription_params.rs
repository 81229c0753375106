//! The parameters of creating and updating a subscription (<https://docs.stripe.com/api/subscriptions/create>).

use serde_json::{Value, json};

use crate::resources::subscription_item_params;
use crate::rules::billing::amounts;
use crate::rules::billing::cancel_at::CancelAt;
use crate::rules::billing::planned_change::{PaymentBehavior, ProrationBehavior, TrialEnd};
use crate::rules::payments::payment_methods;
use crate::state::transaction::Tx;
use crate::values::billing_interval;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::objects::{subscription, subscription_item};
use crate::values::params::{Params, merge_metadata};

/// Parameters that are accepted and ignored.
pub(crate) const IGNORED: &[&str] = &[
    "automatic_tax",
    "billing_thresholds",
    "default_tax_rates",
    "invoice_settings",
    "off_session",
    "transfer_data",
    "trial_from_plan",
];

/// A new subscription of `customer` to `items`. The caller starts it.
pub(crate) fn new_subscription(
    tx: &Tx<'_>,
    customer: &Object,
    items: Option<Vec<Params>>,
    currency: Option<String>,
) -> Result<Object, Error> {
    let Some(params) = items.filter(|items| !items.is_empty()) else {
        return Err(ApiError::missing_param("items").into());
    };
    let mut subscription = subscription::blank(tx.now(), customer, currency.as_deref().unwrap_or_default());
    let mut items = Vec::new();
    for params in params {
        items.push(subscription_item_params::read_item(tx, subscription.id(), params)?);
    }
    subscription_item::common_interval(&items)?;
    let currency = currency.unwrap_or_else(|| items[0]["price"]["currency"].as_str().unwrap_or_default().to_owned());
    amounts::total_amount(tx, &items, &currency)?;
    subscription.set("currency", currency);
    subscription_item::set_items(&mut subscription, items);
    Ok(subscription)
}

/// Reads the fields that can be set at any time.
pub(crate) fn apply_fields(tx: &Tx<'_>, subscription: &mut Object, params: &mut Params) -> Result<(), Error> {
    params.choice("collection_method", &["charge_automatically"])?;
    subscription.set_if_some("description", params.nullable_text("description")?);
    for field in ["default_payment_method", "default_source"] {
        let Some(method) = params.nullable_text(field)? else { continue };
        if let Some(id) = method.as_str() {
            payment_methods::require_attached_to(tx, id, subscription.text("customer"), field)?;
        }
        subscription.set(field, method);
    }
    if let Some(mut settings) = params.hash("payment_settings")? {
        let mut current = subscription.get("payment_settings").clone();
        let save = settings.choice("save_default_payment_method", &["off", "on_subscription"])?;
        if let Some(save) = save {
            current["save_default_payment_method"] = json!(save);
        }
        if let Some(kinds) = settings.texts("payment_method_types")? {
            current["payment_method_types"] = json!(kinds);
        }
        settings.ignore(&["payment_method_options"]);
        settings.finish()?;
        subscription.set("payment_settings", current);
    }
    if let Some(settings) = params.hash("trial_settings")? {
        subscription.set("trial_settings", read_trial_settings(settings)?);
    }
    if let Some(changes) = params.metadata()? {
        subscription.set("metadata", merge_metadata(subscription.get("metadata"), changes));
    }
    Ok(())
}

/// Reads `trial_settings`: what happens when a trial ends without a payment method.
pub(crate) fn read_trial_settings(mut settings: Params) -> Result<Value, ApiError> {
    let mut end = settings.hash("end_behavior")?.unwrap_or_default();
    let choices = ["cancel", "create_invoice", "pause"];
    let behavior = end.choice("missing_payment_method", &choices)?.unwrap_or_else(|| "create_invoice".to_owned());
    end.finish()?;
    settings.finish()?;
    Ok(json!({ "end_behavior": { "missing_payment_method": behavior } }))
}

/// Reads `trial_end` or `trial_period_days` of a new subscription.
pub(crate) fn read_trial(tx: &Tx<'_>, subscription: &mut Object, params: &mut Params) -> Result<(), Error> {
    let end = read_trial_end(tx, params)?;
    let days = read_trial_days(params)?;
    if end.is_some() && days.is_some() {
        let message = "You may only specify one of these parameters: trial_end, trial_period_days.";
        return Err(ApiError::invalid_request(message).with_param("trial_end").into());
    }
    let end = match end {
        Some(TrialEnd::At(time)) => Some(time),
        Some(TrialEnd::Now) => None,
        None => days.map(|days| tx.now() + days * billing_interval::DAY),
    };
    subscription.set("trial_end", end);
    Ok(())
}

/// Reads `trial_period_days`: at most 730. None for 0.
pub(crate) fn read_trial_days(params: &mut Params) -> Result<Option<i64>, ApiError> {
    match params.integer("trial_period_days")? {
        Some(days) if !(0..=730).contains(&days) => {
            Err(params.invalid("trial_period_days", "Trials are between 1 and 730 days long."))
        }
        days => Ok(days.filter(|days| *days > 0)),
    }
}

/// Reads `trial_end`.
pub(crate) fn read_trial_end(tx: &Tx<'_>, params: &mut Params) -> Result<Option<TrialEnd>, ApiError> {
    if params.text_is("trial_end", "now") {
        params.ignore(&["trial_end"]);
        return Ok(Some(TrialEnd::Now));
    }
    match params.integer("trial_end")? {
        None => Ok(None),
        Some(time) if time > tx.now() => Ok(Some(TrialEnd::At(time))),
        Some(_) => {
            Err(params.invalid("trial_end", "Invalid timestamp: must be an integer Unix timestamp in the future."))
        }
    }
}

/// Reads `payment_behavior`.
pub(crate) fn read_payment_behavior(params: &mut Params) -> Result<Option<PaymentBehavior>, ApiError> {
    let choices = ["allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"];
    let behavior = params.choice("payment_behavior", &choices)?;
    Ok(behavior.map(|behavior| match behavior.as_str() {
        "default_incomplete" => PaymentBehavior::DefaultIncomplete,
        "error_if_incomplete" => PaymentBehavior::ErrorIfIncomplete,
        "pending_if_incomplete" => PaymentBehavior::PendingIfIncomplete,
        _ => PaymentBehavior::AllowIncomplete,
    }))
}

/// Reads `proration_behavior`.
pub(crate) fn read_proration_behavior(params: &mut Params) -> Result<ProrationBehavior, ApiError> {
    let behavior = params.choice("proration_behavior", &["always_invoice", "create_prorations", "none"])?;
    Ok(match behavior.as_deref() {
        Some("always_invoice") => ProrationBehavior::AlwaysInvoice,
        Some("none") => ProrationBehavior::None,
        _ => ProrationBehavior::CreateProrations,
    })
}

/// Reads `cancel_at_period_end` and `cancel_at`. Only one of them may be set.
pub(crate) fn read_cancel_at(tx: &Tx<'_>, params: &mut Params) -> Result<Option<CancelAt>, ApiError> {
    let flag = params.flag("cancel_at_period_end")?;
    let at = params.text("cancel_at")?;
    let at = match at.as_deref() {
        None => None,
        Some("") => Some(CancelAt::Never),
        Some("min_period_end" | "max_period_end") => Some(CancelAt::PeriodEndByDate),
        Some(time) => match time.parse() {
            Ok(time) if time > tx.now() => Some(CancelAt::Time(time)),
            _ => return Err(params.invalid("cancel_at", "Invalid timestamp: must be in the future.")),
        },
    };
    match (flag, at) {
        (Some(true), Some(CancelAt::Time(_) | CancelAt::PeriodEndByDate)) => {
            let message = "You may only specify one of these parameters: cancel_at, cancel_at_period_end.";
            Err(ApiError::invalid_request(message).with_param("cancel_at_period_end"))
        }
        (Some(true), _) => Ok(Some(CancelAt::PeriodEndByFlag)),
        (Some(false), at) => Ok(Some(at.unwrap_or(CancelAt::Never))),
        (None, at) => Ok(at),
    }
}

/// Reads `cancellation_details`: the customer's comment and feedback.
pub(crate) fn read_cancellation_details(subscription: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    let Some(mut method) = params.hash("cancellation_details")? else {
        return Ok(());
    };
    let mut details = subscription.get("cancellation_details").clone();
    for field in ["comment", "feedback"] {
        if let Some(value) = method.nullable_text(field)? {
            details[field] = value;
        }
    }
    method.finish()?;
    subscription.set("cancellation_details", details);
    Ok(())
}

/// Reads `pause_collection`: invoices are created and not collected.
pub(crate) fn read_pause_collection(subscription: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    if params.text_is("pause_collection", "") {
        params.ignore(&["pause_collection"]);
        subscription.set("pause_collection", Value::Null);
        return Ok(());
    }
    let Some(mut method) = params.hash("pause_collection")? else {
        return Ok(());
    };
    let behavior = method.choice("behavior", &["keep_as_draft", "mark_uncollectible", "void"])?;
    let behavior = behavior.ok_or_else(|| ApiError::missing_param(&method.full_name("behavior")))?;
    let resumes_at = method.integer("resumes_at")?;
    method.finish()?;
    subscription.set("pause_collection", json!({ "behavior": behavior, "resumes_at": resumes_at }));
    Ok(())
}
