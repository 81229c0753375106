//! What to do about a purchase when something was heard of it: a pure function of what we know and what was heard.

use super::events::Meaning;
use crate::domain::{Payment, Purchase};

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// If the payload says "paid", it is the whole truth that is needed: no call to Stripe.
    Project,
    /// The fact says it already, or there is no purchase yet: remember the event and nothing else.
    Keep,
    /// Ask Stripe how it stands now.
    Fetch,
}

/// `known` is the fact as read from the table; `readable` says that the payload has the version that our types read.
///
/// A purchase begins only with a complete session or a succeeded intent. The first sight of a paid one is read from the
/// payload: whatever happened since brings an event of its own, which finds the fact and fetches. Paid is absorbing:
/// an event that can only say "paid" again teaches nothing. Everything else asks Stripe.
pub fn decide(known: Option<&Purchase>, heard: Meaning, readable: bool) -> Step {
    use Meaning::{
        CatalogChanged, CustomerDeleted, IntentCanceled, IntentFailed, IntentProcessing, IntentSucceeded,
        InvoiceChanged, MoneyMoved, SessionCompleted, SessionExpired, SessionPaid, SessionPaymentFailed,
        SubscriptionChanged,
    };
    let paid = known.is_some_and(|known| known.payment == Payment::Paid);
    match heard {
        // None of them is about a purchase.
        CatalogChanged | CustomerDeleted | InvoiceChanged | SubscriptionChanged => Step::Keep,
        // Its session's own event says that it is complete and not paid yet.
        SessionExpired | IntentProcessing => Step::Keep,
        SessionCompleted | SessionPaid | IntentSucceeded if paid => Step::Keep,
        SessionCompleted | SessionPaid | IntentSucceeded if known.is_none() && readable => Step::Project,
        // The session is still open, or its own event follows: a declined card is no purchase.
        IntentFailed | IntentCanceled if known.is_none() => Step::Keep,
        SessionCompleted | SessionPaid | SessionPaymentFailed | IntentSucceeded | IntentFailed | IntentCanceled
        | MoneyMoved => Step::Fetch,
    }
}
