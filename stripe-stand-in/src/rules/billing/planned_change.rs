//! Computes a change of a subscription: its items and periods afterwards, and the prorations and invoice lines
//! (<https://docs.stripe.com/billing/subscriptions/change>). Nothing is stored here, so a preview equals the change.

use serde_json::{Map, Value, json};

use crate::rules::billing::invoice_lines::{self, Period, ProrationKind};
use crate::rules::billing::{amounts, discounts};
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::objects::subscription_item;

/// Stripe's `proration_behavior`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProrationBehavior {
    /// Prorations become pending invoice items for the next invoice.
    CreateProrations,
    /// Prorations are invoiced immediately.
    AlwaysInvoice,
    /// Nothing is prorated.
    None,
}

/// A new end for a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrialEnd {
    Now,
    /// Unix seconds, in the future.
    At(i64),
}

/// What the caller wants to change.
pub(crate) struct ChangeRequest {
    /// The items afterwards.
    pub(crate) items: Vec<Value>,
    pub(crate) trial_end: Option<TrialEnd>,
    /// A new billing period begins now.
    pub(crate) resets_anchor: bool,
    pub(crate) proration_behavior: ProrationBehavior,
    /// The time from which unused time is credited, in unix seconds.
    pub(crate) proration_date: i64,
}

/// The computed result of a change.
pub(crate) struct PlannedChange {
    /// The subscription afterwards.
    pub(crate) after: Object,
    /// Invoice items that credit and charge the rest of the period.
    pub(crate) prorations: Vec<Object>,
    /// Invoice lines of a billing period that begins now.
    pub(crate) new_period_lines: Vec<Value>,
    /// The change is invoiced immediately.
    pub(crate) invoices_now: bool,
}

/// Computes a change of `before`.
pub(crate) fn compute(
    tx: &Tx<'_>,
    before: &Object,
    customer: &Object,
    request: ChangeRequest,
) -> Result<PlannedChange, Error> {
    let interval = subscription_item::common_interval(&request.items)?;
    let currency = before.text("currency");
    let (start, end) = subscription_item::period(before);
    let is_trialing = before.text("status") == "trialing";
    let new_interval = subscription_item::common_interval(subscription_item::items_of(before))? != interval;
    let starts_costing = amounts::total_amount(tx, subscription_item::items_of(before), currency)? == 0
        && amounts::total_amount(tx, &request.items, currency)? > 0;
    let mut after = before.clone();
    subscription_item::set_items(&mut after, request.items);
    let mut change = PlannedChange { after, prorations: Vec::new(), new_period_lines: Vec::new(), invoices_now: false };
    let prorates = request.proration_behavior != ProrationBehavior::None && !is_trialing;
    let remaining_period = (request.proration_date.clamp(start, end), end);

    if let Some(TrialEnd::At(trial_end)) = request.trial_end {
        if prorates {
            change.prorations =
                unused_time_credits(tx, before, customer, subscription_item::items_of(before), remaining_period)?;
        }
        let start = if is_trialing { start } else { tx.now() };
        begin_trial(&mut change.after, start, trial_end);
        change.invoices_now =
            request.proration_behavior == ProrationBehavior::AlwaysInvoice && !change.prorations.is_empty();
    } else if is_trialing && request.trial_end.is_none() {
        subscription_item::set_period(&mut change.after, start, end);
    } else if request.trial_end.is_some() || request.resets_anchor || new_interval || starts_costing {
        if prorates {
            change.prorations =
                unused_time_credits(tx, before, customer, subscription_item::items_of(before), remaining_period)?;
        }
        reset_billing_cycle(tx, &mut change, is_trialing)?;
    } else {
        subscription_item::set_period(&mut change.after, start, end);
        if prorates {
            change.prorations = swap_prorations(tx, before, &change.after, customer, remaining_period)?;
        }
        change.invoices_now =
            request.proration_behavior == ProrationBehavior::AlwaysInvoice && !change.prorations.is_empty();
    }
    Ok(change)
}

fn begin_trial(subscription: &mut Object, start: i64, trial_end: i64) {
    subscription.set("status", "trialing");
    subscription.set("trial_start", subscription.get("trial_start").as_i64().unwrap_or(start));
    subscription.set("trial_end", trial_end);
    subscription.set("billing_cycle_anchor", trial_end);
    subscription_item::set_period(subscription, start, trial_end);
}

fn reset_billing_cycle(tx: &Tx<'_>, change: &mut PlannedChange, ends_trial: bool) -> Result<(), Error> {
    let now = tx.now();
    let end =
        subscription_item::common_interval(subscription_item::items_of(&change.after))?.period_end_after(now, now);
    let after = &mut change.after;
    after.set("billing_cycle_anchor", now);
    if ends_trial {
        after.set("trial_end", now);
        after.set("status", "active");
    }
    subscription_item::set_period(after, now, end);
    change.new_period_lines = invoice_lines::full_period(tx, after, (now, end))?;
    change.invoices_now = true;
    Ok(())
}

/// Credits for the unused time of `items`.
pub(crate) fn unused_time_credits(
    tx: &Tx<'_>,
    subscription: &Object,
    customer: &Object,
    items: &[Value],
    remaining_period: Period,
) -> Result<Vec<Object>, Error> {
    prorations_of_items(tx, subscription, customer, items, ProrationKind::UnusedTime, remaining_period)
}

/// Credits the unused time of replaced items, and charges the remaining time of new ones.
fn swap_prorations(
    tx: &Tx<'_>,
    before: &Object,
    after: &Object,
    customer: &Object,
    remaining_period: Period,
) -> Result<Vec<Object>, Error> {
    let (old, new) = (subscription_item::items_of(before), subscription_item::items_of(after));
    let is_same = |one: &Value, other: &Value| {
        one["id"] == other["id"] && one["price"]["id"] == other["price"]["id"] && one["quantity"] == other["quantity"]
    };
    let items_missing_in = |items: &[Value], others: &[Value]| -> Vec<Value> {
        items.iter().filter(|item| !others.iter().any(|other| is_same(item, other))).cloned().collect()
    };
    let mut prorations = unused_time_credits(tx, before, customer, &items_missing_in(old, new), remaining_period)?;
    prorations.extend(prorations_of_items(
        tx,
        after,
        customer,
        &items_missing_in(new, old),
        ProrationKind::RemainingTime,
        remaining_period,
    )?);
    Ok(prorations)
}

fn prorations_of_items(
    tx: &Tx<'_>,
    subscription: &Object,
    customer: &Object,
    items: &[Value],
    kind: ProrationKind,
    remaining_period: Period,
) -> Result<Vec<Object>, Error> {
    let mut prorations = Vec::new();
    for item in items {
        let amount = amounts::item_amount(tx, item, subscription.text("currency"))?;
        let amount = discounts::amount_after_discount(tx, subscription, amount)?;
        prorations.extend(invoice_lines::proration(tx, subscription, customer, item, kind, remaining_period, amount)?);
    }
    Ok(prorations)
}

/// The fields that change only after the invoice is paid.
pub(crate) fn deferred_changes(before: &Object, after: &Object) -> Value {
    let fields = ["billing_cycle_anchor", "items", "status", "trial_end", "trial_start"];
    let changed = fields.iter().filter(|field| before.get(field) != after.get(field));
    changed.map(|field| ((*field).to_owned(), after.get(field).clone())).collect::<Map<_, _>>().into()
}

/// Stripe's `pending_update` for the deferred changes
/// (<https://docs.stripe.com/billing/subscriptions/pending-updates>).
pub(crate) fn pending_update(held_back: &Value, expires_at: i64) -> Value {
    json!({
        "billing_cycle_anchor": held_back["billing_cycle_anchor"],
        "cancel_at_period_end": null,
        "discount": null,
        "discounts": null,
        "expires_at": expires_at,
        "metadata": null,
        "subscription_items": held_back["items"]["data"],
        "trial_end": held_back["trial_end"],
        "trial_from_plan": null,
    })
}

/// Refuses to change an incomplete subscription: its unpaid first invoice would not include the change.
pub(crate) fn require_not_incomplete(subscription: &Object) -> Result<(), ApiError> {
    if subscription.text("status") == "incomplete" {
        let message = "This subscription cannot be updated in this way because it has an `incomplete` status. Please \
            wait for its first invoice to be paid, or cancel it.";
        return Err(ApiError::invalid_request(message));
    }
    Ok(())
}

/// Stripe's `payment_behavior`: what happens when a payment does not succeed immediately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "these are the values of Stripe's parameter")]
pub(crate) enum PaymentBehavior {
    /// The subscription becomes incomplete, or past due after a change.
    AllowIncomplete,
    /// Like `AllowIncomplete`, without a payment attempt.
    DefaultIncomplete,
    /// The request fails and changes nothing.
    ErrorIfIncomplete,
    /// The change takes effect when its invoice is paid.
    PendingIfIncomplete,
}
