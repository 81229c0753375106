//! Starts a subscription (<https://docs.stripe.com/billing/subscriptions/overview#subscription-lifecycle>).

use serde_json::Value;

use crate::rules::billing::cancel_at::{self, CancelAt};
use crate::rules::billing::invoices::{self, NewInvoice};
use crate::rules::billing::planned_change::PaymentBehavior;
use crate::rules::billing::{apply_change, discounts, invoice_lines, invoice_status, subscription_status};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;

/// How a subscription starts.
pub(crate) struct StartOptions<'a> {
    pub(crate) payment_behavior: PaymentBehavior,
    pub(crate) cancel_at: Option<CancelAt>,
    /// The payment intent that Checkout has already charged.
    pub(crate) payment: Option<&'a Object>,
}

/// Starts a subscription whose fields are set: its first period, its first invoice, and the payment.
pub(crate) fn start(tx: &Tx<'_>, mut subscription: Object, options: &StartOptions<'_>) -> Result<Object, Error> {
    let (now, payment) = (tx.now(), options.payment);
    let trial_end = subscription.get("trial_end").as_i64().filter(|end| *end > now);
    let interval = subscription_item::common_interval(subscription_item::items_of(&subscription))?;
    let anchor = trial_end.unwrap_or(now);
    let period = (now, trial_end.unwrap_or_else(|| interval.period_end_after(now, now)));
    subscription_item::set_period(&mut subscription, period.0, period.1);
    if let Some(cancel_at) = options.cancel_at {
        cancel_at::set(tx, &mut subscription, cancel_at);
    }
    subscription.set("billing_cycle_anchor", anchor);
    subscription.set("trial_start", trial_end.map(|_| now));
    subscription.set("status", if trial_end.is_some() { "trialing" } else { "incomplete" });
    subscription.set_hidden(subscription_status::UNANNOUNCED, true);
    tx.insert(&subscription)?;

    let lines = match trial_end {
        Some(_) => invoice_lines::trial_period(tx, &subscription, period)?,
        None => invoice_lines::full_period(tx, &subscription, period)?,
    };
    let mut first = first_invoice(tx, &mut subscription, lines)?;
    if let Some(payment) = payment {
        first.set_hidden("paid_by", payment.id());
    }
    invoice_status::finalize(tx, &mut first)?;
    match payment {
        Some(payment) if payment.text("status") == "succeeded" => {
            invoice_status::mark_paid(tx, &mut first, Some(payment))?;
        }
        Some(_) => subscription_status::apply_processing_payment(tx, &first)?,
        None if first.text("status") == "open" => apply_change::pay_new_invoice(tx, &first, options.payment_behavior)?,
        None => {}
    }
    emit_created(tx, subscription.id())
}

fn first_invoice(tx: &Tx<'_>, subscription: &mut Object, lines: Vec<Value>) -> Result<Object, Error> {
    let customer = tx.load(ObjectType::Customer, subscription.text("customer"))?;
    let currency = subscription.text("currency").to_owned();
    let (reason, period) = ("subscription_create", (tx.now(), tx.now()));
    let new_invoice = NewInvoice {
        customer: &customer,
        subscription: Some(subscription),
        reason,
        currency: &currency,
        lines,
        period,
    };
    let first = invoices::draft(tx, new_invoice)?;
    subscription.set("latest_invoice", first.id());
    discounts::remove_if_used_up(tx, subscription)?;
    tx.save(subscription)?;
    invoices::insert(tx, &first)?;
    Ok(first)
}

fn emit_created(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    let mut subscription = tx.load(ObjectType::Subscription, id)?;
    subscription.set_hidden(subscription_status::UNANNOUNCED, false);
    tx.save(&subscription)?;
    tx.emit("customer.subscription.created", &subscription)?;
    subscription_status::announce_trial_end(tx, &mut subscription)?;
    Ok(subscription)
}
