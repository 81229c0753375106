//! The time of an object: its test clock's, if it has one (<https://docs.stripe.com/billing/testing/test-clocks>).

use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Enters the time of the test clock that an object belongs to, if it does, for the rest of the transaction.
pub(crate) fn use_clock_of(tx: &Tx<'_>, object: &Object) -> Result<(), Error> {
    if let Some(clock) = tx.find(ObjectType::TestClock, object.text("test_clock"))? {
        tx.set_now(clock.int("frozen_time"));
    }
    Ok(())
}

/// The same, for an object that belongs to a customer.
pub(crate) fn use_clock_of_customer(tx: &Tx<'_>, object: &Object) -> Result<(), Error> {
    match tx.find(ObjectType::Customer, object.text("customer"))? {
        Some(customer) => use_clock_of(tx, &customer),
        None => Ok(()),
    }
}
