//! The time of an object: that of its test clock, if it has one
//! (<https://docs.stripe.com/billing/testing/test-clocks>).

use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Sets the transaction's time to that of the object's test clock, if it has one.
pub(crate) fn use_clock_of(tx: &Tx<'_>, object: &Object) -> Result<(), Error> {
    if let Some(clock) = tx.find(ObjectType::TestClock, object.text("test_clock"))? {
        tx.set_now(clock.int("frozen_time"));
    }
    Ok(())
}

/// Does the same for the customer of an object.
pub(crate) fn use_clock_of_customer(tx: &Tx<'_>, object: &Object) -> Result<(), Error> {
    match tx.find(ObjectType::Customer, object.text("customer"))? {
        Some(customer) => use_clock_of(tx, &customer),
        None => Ok(()),
    }
}
