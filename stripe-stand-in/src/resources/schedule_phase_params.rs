//! The parameter `phases` of subscription schedules.

use serde_json::{Value, json};

use crate::rules::billing::schedule_phases;
use crate::state::transaction::Tx;
use crate::values::billing_interval::Interval;
use crate::values::error::{ApiError, Error};
use crate::values::object_type::ObjectType;
use crate::values::params::Params;

const PRORATION_BEHAVIORS: &[&str] = &["always_invoice", "create_prorations", "none"];

/// An item of a phase.
pub(super) fn phase_item(price: &Value, quantity: &Value) -> Value {
    json!({
        "billing_thresholds": null, "discounts": [], "metadata": {}, "plan": price, "price": price,
        "quantity": quantity, "tax_rates": [],
    })
}

/// A phase from `start` to `end`.
pub(super) fn phase(items: Vec<Value>, currency: &str, proration: &str, start: i64, end: i64) -> Value {
    json!({
        "add_invoice_items": [],
        "application_fee_percent": null,
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
        "billing_cycle_anchor": null,
        "billing_thresholds": null,
        "collection_method": null,
        "currency": currency,
        "default_payment_method": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": [],
        "end_date": end,
        "invoice_settings": null,
        "items": items,
        "metadata": {},
        "on_behalf_of": null,
        "proration_behavior": proration,
        "start_date": start,
        "transfer_data": null,
        "trial_end": null,
    })
}

/// Reads consecutive phases, the first of which begins at `start`.
pub(super) fn read_phases(tx: &Tx<'_>, phase_params: Vec<Params>, start: i64) -> Result<Vec<Value>, Error> {
    let mut phases: Vec<Value> = Vec::new();
    let mut start = start;
    for mut phase_params in phase_params {
        let mut items = Vec::new();
        let mut first = None;
        for mut item in phase_params.hashes("items")?.unwrap_or_default() {
            let (id, quantity) = (item.required_text("price")?, item.integer("quantity")?.unwrap_or(1));
            let price = tx.load_param(ObjectType::Price, &id, &item.full_name("price"))?;
            item.ignore(&["discounts", "metadata", "tax_rates"]);
            item.finish()?;
            items.push(phase_item(&json!(id), &json!(quantity)));
            first.get_or_insert(price);
        }
        let Some(price) = first else { return Err(ApiError::missing_param(&phase_params.full_name("items")).into()) };
        let start_date = phase_params.text("start_date")?;
        if let Some(start_date) = start_date.as_deref().and_then(|date| date.parse::<i64>().ok())
            && start_date != start
        {
            let message = "The start date of a phase is the end date of the one before it.";
            return Err(phase_params.invalid("start_date", message).into());
        }
        let interval = Interval::from_recurring(price.get("recurring"));
        let end = match phase_params.integer("end_date")? {
            Some(end) if end > start => end,
            Some(_) => return Err(phase_params.invalid("end_date", "A phase ends after it has begun.").into()),
            None => read_phase_end(&mut phase_params, interval, start)?,
        };
        let proration = phase_params.choice("proration_behavior", PRORATION_BEHAVIORS)?;
        let proration = proration.as_deref().unwrap_or("create_prorations");
        phase_params.ignore(&[
            "billing_cycle_anchor",
            "collection_method",
            "currency",
            "default_payment_method",
            "discounts",
        ]);
        phase_params.ignore(&["metadata", "trial", "trial_end"]);
        phase_params.finish()?;
        phases.push(phase(items, price.text("currency"), proration, start, end));
        start = end;
    }
    Ok(phases)
}

/// Reads when a phase ends: from `duration`, or from `iterations` of older API versions.
fn read_phase_end(phase_params: &mut Params, interval: Interval, start: i64) -> Result<i64, Error> {
    let iterations = phase_params.integer("iterations")?;
    let Some(mut duration) = phase_params.hash("duration")? else {
        return Ok(schedule_phases::phase_end(start, interval, iterations.unwrap_or(1)));
    };
    let recurring = json!({
        "interval": duration.choice("interval", &["day", "week", "month", "year"])?,
        "interval_count": duration.integer("interval_count")?.unwrap_or(1),
    });
    duration.finish()?;
    Ok(schedule_phases::phase_end(start, Interval::from_recurring(&recurring), 1))
}
