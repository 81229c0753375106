//! Applies chaos to an attempt that is due, and to an event that was delivered.

use crate::state::chaos::ActiveChaos;
use crate::state::deliveries::DueDelivery;
use crate::state::transaction::Tx;
use crate::values::error::Error;

/// Whether an attempt is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendDecision {
    /// It is sent.
    Send,
    /// It is not sent, but recorded as delivered.
    Drop,
    /// It is not sent, and recorded as failed, because of an outage.
    Refuse,
}

impl SendDecision {
    /// Why it is not sent.
    pub(super) fn reason(self) -> Option<&'static str> {
        match self {
            SendDecision::Send => None,
            SendDecision::Drop => Some("dropped by chaos"),
            SendDecision::Refuse => Some("refused by chaos: an outage"),
        }
    }
}

/// Decides whether the attempt that is due is sent.
pub(super) fn decide_whether_to_send(tx: &Tx<'_>, delivery: &DueDelivery) -> Result<SendDecision, Error> {
    let Some(active) = tx.chaos()? else {
        return Ok(SendDecision::Send);
    };
    let DueDelivery { event, endpoint, attempt_count, .. } = delivery;
    if tx.chaos_decision(&active.chaos, event, endpoint, attempt_count + 1)?.is_dropped {
        return Ok(SendDecision::Drop);
    }
    Ok(if is_outage(tx, &active) { SendDecision::Refuse } else { SendDecision::Send })
}

fn is_outage(tx: &Tx<'_>, active: &ActiveChaos) -> bool {
    active.outage_end().is_some_and(|end| tx.account_now_millis() < end.saturating_mul(1_000))
}

/// When a delivered event is sent a second time, in unix milliseconds of the account's clock. No event is repeated
/// more than once.
pub(super) fn duplicate_due_at(tx: &Tx<'_>, delivery: &DueDelivery) -> Result<Option<i64>, Error> {
    let Some(active) = tx.chaos()?.filter(|_| !delivery.is_delivered) else {
        return Ok(None);
    };
    let DueDelivery { event, endpoint, attempt_count, .. } = delivery;
    if !tx.chaos_decision(&active.chaos, event, endpoint, attempt_count + 1)?.is_duplicated {
        return Ok(None);
    }
    let delay = tx.chaos_decision(&active.chaos, event, endpoint, attempt_count + 2)?.delay;
    Ok(Some(tx.account_now_millis().saturating_add(delay.saturating_mul(1_000))))
}
