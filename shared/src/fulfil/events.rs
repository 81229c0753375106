//! The visible table: every event type that we handle, and what it means to us. What is not listed is answered 200
//! and forgotten.

/// What an event tells us to look at. It never says what is true: Stripe's object does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The buyer finished; paid or not, the session says.
    SessionCompleted,
    /// A delayed payment arrived.
    SessionPaid,
    /// A delayed payment failed.
    SessionPaymentFailed,
    /// Nobody can pay it any more.
    SessionExpired,
    /// The money is here.
    IntentSucceeded,
    /// A bank debit is on its way: for days.
    IntentProcessing,
    /// A card was declined (the buyer may try another one), or a delayed payment failed.
    IntentFailed,
    /// The payment was called off.
    IntentCanceled,
    /// Money went back, came again, or a bank holds it.
    MoneyMoved,
    /// A subscription began, moved on or ended.
    SubscriptionChanged,
    /// An invoice was paid, could not be, or was given up.
    InvoiceChanged,
    /// A customer is gone.
    CustomerDeleted,
    /// What is sold has changed in Stripe.
    CatalogChanged,
}

impl Meaning {
    /// Whether the event's object is a Checkout Session.
    pub fn is_about_a_session(self) -> bool {
        matches!(self, Self::SessionCompleted | Self::SessionPaid | Self::SessionPaymentFailed | Self::SessionExpired)
    }

    /// Whether the buyer had finished when it happened, so that a payment that is not there has failed.
    pub(super) fn proves_completion(self) -> bool {
        matches!(self, Self::SessionCompleted | Self::SessionPaid | Self::SessionPaymentFailed | Self::MoneyMoved)
    }
}

/// The handled events. A webhook endpoint subscribes to exactly these.
/// See <https://docs.stripe.com/api/events/types>.
pub const EVENTS: &[(&str, Meaning)] = &[
    // May be unpaid: bank debits complete first and pay later.
    ("checkout.session.completed", Meaning::SessionCompleted),
    // Can arrive before `completed`.
    ("checkout.session.async_payment_succeeded", Meaning::SessionPaid),
    ("checkout.session.async_payment_failed", Meaning::SessionPaymentFailed),
    // Frees the slot of the open checkout.
    ("checkout.session.expired", Meaning::SessionExpired),
    // Often the first to arrive; names the sale through the metadata we put on the intent.
    ("payment_intent.succeeded", Meaning::IntentSucceeded),
    // A renewal that is on its way keeps its subscription open; nothing else tells of it.
    ("payment_intent.processing", Meaning::IntentProcessing),
    ("payment_intent.payment_failed", Meaning::IntentFailed),
    ("payment_intent.canceled", Meaning::IntentCanceled),
    // One of these may be all that we hear of a refund; each leads to the same fetch.
    ("charge.refunded", Meaning::MoneyMoved),
    ("refund.created", Meaning::MoneyMoved),
    ("refund.updated", Meaning::MoneyMoved),
    // A refund can fail weeks later, and the money is ours again.
    ("refund.failed", Meaning::MoneyMoved),
    ("charge.dispute.created", Meaning::MoneyMoved),
    ("charge.dispute.updated", Meaning::MoneyMoved),
    ("charge.dispute.closed", Meaning::MoneyMoved),
    // The first of these to arrive begins the fact, whichever it is.
    ("customer.subscription.created", Meaning::SubscriptionChanged),
    ("customer.subscription.updated", Meaning::SubscriptionChanged),
    ("customer.subscription.deleted", Meaning::SubscriptionChanged),
    ("customer.subscription.paused", Meaning::SubscriptionChanged),
    ("customer.subscription.resumed", Meaning::SubscriptionChanged),
    // Three days before; the state is looked at again.
    ("customer.subscription.trial_will_end", Meaning::SubscriptionChanged),
    // What is to change later may change without a word of the subscription itself.
    ("subscription_schedule.updated", Meaning::SubscriptionChanged),
    // They write the invoice down, and make us look at its subscription; they never set a status themselves.
    ("invoice.paid", Meaning::InvoiceChanged),
    ("invoice.payment_failed", Meaning::InvoiceChanged),
    ("invoice.payment_action_required", Meaning::InvoiceChanged),
    // A change that waited in vain, or an operator's decision: nobody should pay it any more.
    ("invoice.voided", Meaning::InvoiceChanged),
    ("invoice.marked_uncollectible", Meaning::InvoiceChanged),
    ("customer.deleted", Meaning::CustomerDeleted),
    ("product.created", Meaning::CatalogChanged),
    ("product.updated", Meaning::CatalogChanged),
    ("product.deleted", Meaning::CatalogChanged),
    ("price.created", Meaning::CatalogChanged),
    ("price.updated", Meaning::CatalogChanged),
    ("price.deleted", Meaning::CatalogChanged),
];

/// What an event type means; `None` when we do not handle it.
pub fn meaning(kind: &str) -> Option<Meaning> {
    EVENTS.iter().find(|(known, _)| *known == kind).map(|(_, meaning)| *meaning)
}
