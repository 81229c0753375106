//! Chooses what to do when an update of a purchase arrives. A pure function of the stored fact and the update.

use super::events::UpdateKind;
use crate::domain::{Payment, Purchase};

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateAction {
    /// If the payload says "paid", it is the whole truth that is needed: no call to Stripe.
    ProjectPayload,
    /// The fact says it already, or there is no purchase yet: remember the event and nothing else.
    KeepFact,
    /// Ask Stripe how it stands now.
    FetchFromStripe,
}

/// `known` is the fact as read from the table; `readable` says that the payload has the version that our types read.
///
/// A purchase begins only with a complete session or a succeeded intent. The first sight of a paid one is read from the
/// payload: whatever happened since brings an event of its own, which finds the fact and fetches. Paid is absorbing:
/// an event that can only say "paid" again teaches nothing. Everything else asks Stripe.
pub fn choose_action(stored: Option<&Purchase>, kind: UpdateKind, can_project_payload: bool) -> UpdateAction {
    use UpdateKind::{
        CatalogChanged, CustomerDeleted, InvoiceChanged, PaymentIntentCanceled, PaymentIntentFailed,
        PaymentIntentProcessing, PaymentIntentSucceeded, RefundOrDisputeChanged, SessionCompleted, SessionExpired,
        SessionPaymentFailed, SessionPaymentSucceeded, SubscriptionChanged,
    };
    let paid = stored.is_some_and(|stored| stored.payment == Payment::Paid);
    match kind {
        // None of them is about a purchase.
        CatalogChanged | CustomerDeleted | InvoiceChanged | SubscriptionChanged => UpdateAction::KeepFact,
        // Its session's own event says that it is complete and not paid yet.
        SessionExpired | PaymentIntentProcessing => UpdateAction::KeepFact,
        SessionCompleted | SessionPaymentSucceeded | PaymentIntentSucceeded if paid => UpdateAction::KeepFact,
        SessionCompleted | SessionPaymentSucceeded | PaymentIntentSucceeded
            if stored.is_none() && can_project_payload =>
        {
            UpdateAction::ProjectPayload
        }
        // The session is still open, or its own event follows: a declined card is no purchase.
        PaymentIntentFailed | PaymentIntentCanceled if stored.is_none() => UpdateAction::KeepFact,
        SessionCompleted
        | SessionPaymentSucceeded
        | SessionPaymentFailed
        | PaymentIntentSucceeded
        | PaymentIntentFailed
        | PaymentIntentCanceled
        | RefundOrDisputeChanged => UpdateAction::FetchFromStripe,
    }
}
