//! The event `invoice.upcoming` (<https://docs.stripe.com/billing/invoices/subscription#preview>).

use crate::rules::billing::preview;
use crate::state::transaction::Tx;
use crate::values::due_time;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Emits `invoice.upcoming` for a subscription's next period, once.
pub(crate) fn announce(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut subscription = before.clone();
    due_time::mark_upcoming_invoice_announced(&mut subscription);
    tx.save(&subscription)?;
    let Some(customer) = tx.find(ObjectType::Customer, subscription.text("customer"))? else {
        return Ok(());
    };
    match preview::next_invoice(tx, &subscription, &customer, None) {
        Ok(invoice) => tx.emit("invoice.upcoming", &invoice),
        // Without a next invoice there is no event. The subscription must continue.
        Err(Error::Api(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
