//! Runs what is due: checkout sessions expire, subscriptions renew, invoices are charged. The account's clock is the
//! one that the stand-in was opened with. A test clock (<https://docs.stripe.com/billing/testing/test-clocks>)
//! applies to its own customers only.

use crate::rules::billing::due_actions;
use crate::rules::checkout::sessions;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;

/// The clock of all objects without a test clock.
const ACCOUNT_CLOCK: &str = "";

/// Runs everything that is due by the account's clock.
pub(crate) fn run_due(tx: &Tx<'_>) -> Result<(), Error> {
    sessions::expire_due(tx)?;
    run_until(tx, ACCOUNT_CLOCK, tx.now())
}

/// Advances the account's clock to `until`. Everything that becomes due runs at its own time.
pub(crate) fn advance_account(tx: &Tx<'_>, until: i64) -> Result<(), Error> {
    run_until(tx, ACCOUNT_CLOCK, until)?;
    tx.at_account_time(until, || sessions::expire_due(tx))?;
    tx.set_account_time(until)
}

/// Advances a test clock to `until`, and runs what is due for its customers.
pub(crate) fn advance_test_clock(tx: &Tx<'_>, clock: &mut Object, until: i64) -> Result<(), Error> {
    run_until(tx, clock.id(), until)?;
    clock.set("frozen_time", until);
    tx.save(clock)
}

/// When the next work is due by the account's clock, in unix seconds.
pub(crate) fn next_due(tx: &Tx<'_>) -> Result<Option<i64>, Error> {
    Ok(tx.next_due_time(ACCOUNT_CLOCK)?.into_iter().chain(tx.next_session_expiry()?).min())
}

fn run_until(tx: &Tx<'_>, clock: &str, until: i64) -> Result<(), Error> {
    let mut now = i64::MIN;
    while let Some((object, time)) = tx.first_due(clock, until)? {
        // The time never goes backwards: work that became due late runs now.
        now = now.max(time);
        match clock {
            ACCOUNT_CLOCK => tx.at_account_time(now, || run_one(tx, &object))?,
            _ => tx.at_time(now, || run_one(tx, &object))?,
        }
    }
    Ok(())
}

/// A refused action is rolled back and not retried, so that one broken object cannot stop the clock.
fn run_one(tx: &Tx<'_>, object: &Object) -> Result<(), Error> {
    match tx.with_savepoint(|| due_actions::run(tx, object)) {
        Err(Error::Api(api_error)) => {
            tracing::error!(
                id = object.id(),
                api_error = api_error.message,
                "the Stripe stand-in cannot go on with this"
            );
            tx.unschedule(object)
        }
        result => result,
    }
}
