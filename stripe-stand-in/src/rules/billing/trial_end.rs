//! Ends a trial without a payment method (<https://docs.stripe.com/billing/subscriptions/trials>).

use crate::rules::billing::cancellation::{self, Cancellation};
use crate::rules::billing::{invoice_payments, subscription_status};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;

/// Cancels or pauses a subscription whose trial ends without a payment method, as its settings say. None when it
/// continues.
pub(crate) fn end_trial_without_method(tx: &Tx<'_>, before: &Object, after: &Object) -> Result<Option<Object>, Error> {
    let behavior = before.pointer("/trial_settings/end_behavior/missing_payment_method").as_str().unwrap_or_default();
    if behavior == "create_invoice" || invoice_payments::method_of_subscription(tx, before)?.is_some() {
        return Ok(None);
    }
    let mut after = after.clone();
    after.set("trial_end", tx.now().min(before.int("trial_end")));
    if behavior == "pause" {
        return subscription_status::pause(tx, before, after, "trial_end_without_payment_method").map(Some);
    }
    cancellation::cancel(tx, &after, &Cancellation::REQUESTED).map(Some)
}
