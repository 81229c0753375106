//! The table of all event types that we handle. Other types are answered with 200 and ignored.

/// What kind of change an event reports. The state itself comes from Stripe's object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateKind {
    /// The buyer finished; paid or not, the session says.
    SessionCompleted,
    /// A delayed payment arrived.
    SessionPaymentSucceeded,
    /// A delayed payment failed.
    SessionPaymentFailed,
    /// Nobody can pay it any more.
    SessionExpired,
    /// The money is here.
    PaymentIntentSucceeded,
    /// A bank debit is on its way: for days.
    PaymentIntentProcessing,
    /// A card was declined (the buyer may try another one), or a delayed payment failed.
    PaymentIntentFailed,
    /// The payment was called off.
    PaymentIntentCanceled,
    /// A refund or a dispute was created or changed.
    RefundOrDisputeChanged,
    /// A subscription began, moved on or ended.
    SubscriptionChanged,
    /// An invoice was paid, could not be, or was given up.
    InvoiceChanged,
    /// A customer is gone.
    CustomerDeleted,
    /// What is sold has changed in Stripe.
    CatalogChanged,
}

impl UpdateKind {
    /// Whether the event's object is a Checkout Session.
    pub fn is_session_update(self) -> bool {
        matches!(
            self,
            Self::SessionCompleted | Self::SessionPaymentSucceeded | Self::SessionPaymentFailed | Self::SessionExpired
        )
    }

    /// Whether the buyer had finished when it happened, so that a payment that is not there has failed.
    pub(super) fn implies_completed_checkout(self) -> bool {
        matches!(
            self,
            Self::SessionCompleted
                | Self::SessionPaymentSucceeded
                | Self::SessionPaymentFailed
                | Self::RefundOrDisputeChanged
        )
    }
}

/// The handled events. A webhook endpoint subscribes to exactly these.
/// See <https://docs.stripe.com/api/events/types>.
pub const HANDLED_EVENTS: &[(&str, UpdateKind)] = &[
    // May be unpaid: bank debits complete first and pay later.
    ("checkout.session.completed", UpdateKind::SessionCompleted),
    // Can arrive before `completed`.
    ("checkout.session.async_payment_succeeded", UpdateKind::SessionPaymentSucceeded),
    ("checkout.session.async_payment_failed", UpdateKind::SessionPaymentFailed),
    // Frees the slot of the open checkout.
    ("checkout.session.expired", UpdateKind::SessionExpired),
    // Often the first to arrive; names the sale through the metadata we put on the intent.
    ("payment_intent.succeeded", UpdateKind::PaymentIntentSucceeded),
    // A renewal that is on its way keeps its subscription open; nothing else tells of it.
    ("payment_intent.processing", UpdateKind::PaymentIntentProcessing),
    ("payment_intent.payment_failed", UpdateKind::PaymentIntentFailed),
    ("payment_intent.canceled", UpdateKind::PaymentIntentCanceled),
    // One of these may be all that we hear of a refund; each leads to the same fetch.
    ("charge.refunded", UpdateKind::RefundOrDisputeChanged),
    ("refund.created", UpdateKind::RefundOrDisputeChanged),
    ("refund.updated", UpdateKind::RefundOrDisputeChanged),
    // A refund can fail weeks later, and the money is ours again.
    ("refund.failed", UpdateKind::RefundOrDisputeChanged),
    ("charge.dispute.created", UpdateKind::RefundOrDisputeChanged),
    ("charge.dispute.updated", UpdateKind::RefundOrDisputeChanged),
    ("charge.dispute.closed", UpdateKind::RefundOrDisputeChanged),
    // The first of these to arrive begins the fact, whichever it is.
    ("customer.subscription.created", UpdateKind::SubscriptionChanged),
    ("customer.subscription.updated", UpdateKind::SubscriptionChanged),
    ("customer.subscription.deleted", UpdateKind::SubscriptionChanged),
    ("customer.subscription.paused", UpdateKind::SubscriptionChanged),
    ("customer.subscription.resumed", UpdateKind::SubscriptionChanged),
    // Three days before the end; the state is fetched.
    ("customer.subscription.trial_will_end", UpdateKind::SubscriptionChanged),
    // What is to change later may change without a word of the subscription itself.
    ("subscription_schedule.updated", UpdateKind::SubscriptionChanged),
    // They write the invoice down, and make us look at its subscription; they never set a status themselves.
    ("invoice.paid", UpdateKind::InvoiceChanged),
    ("invoice.payment_failed", UpdateKind::InvoiceChanged),
    ("invoice.payment_action_required", UpdateKind::InvoiceChanged),
    // A change that waited in vain, or an operator's decision: nobody should pay it any more.
    ("invoice.voided", UpdateKind::InvoiceChanged),
    ("invoice.marked_uncollectible", UpdateKind::InvoiceChanged),
    ("customer.deleted", UpdateKind::CustomerDeleted),
    ("product.created", UpdateKind::CatalogChanged),
    ("product.updated", UpdateKind::CatalogChanged),
    ("product.deleted", UpdateKind::CatalogChanged),
    ("price.created", UpdateKind::CatalogChanged),
    ("price.updated", UpdateKind::CatalogChanged),
    ("price.deleted", UpdateKind::CatalogChanged),
];

/// What an event type means; `None` when we do not handle it.
pub fn update_kind(kind: &str) -> Option<UpdateKind> {
    HANDLED_EVENTS.iter().find(|(known, _)| *known == kind).map(|(_, kind)| *kind)
}
