//! What kind of change an event reports. The state itself comes from Stripe's object.

/// What has changed. Each variant has a file in this folder, which says what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateKind {
    /// A Checkout Session.
    CheckoutSession(CheckoutSessionChange),
    /// A payment intent.
    PaymentIntent(PaymentIntentChange),
    /// A refund was created or changed.
    Refund,
    /// A dispute was created or changed.
    Dispute,
    /// A subscription began, moved on or ended.
    Subscription,
    /// The schedule of a subscription, which changes it later.
    SubscriptionSchedule,
    /// An invoice was paid, could not be, or was given up.
    Invoice,
    /// A customer was deleted.
    Customer,
    /// A product or a price was created, changed or deleted.
    Catalog,
}

/// What happened to a Checkout Session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutSessionChange {
    /// The buyer finished; paid or not, the session says.
    Completed,
    /// A delayed payment arrived, or a session that we fetched is paid.
    PaymentSucceeded,
    /// A delayed payment failed.
    PaymentFailed,
    /// Nobody can pay it any more.
    Expired,
}

/// What happened to a payment intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentIntentChange {
    /// It was paid.
    Succeeded,
    /// A bank debit is processing, for days.
    Processing,
    /// A card was declined (the buyer may try another one), or a delayed payment failed.
    Failed,
    /// The payment was called off.
    Canceled,
}

impl UpdateKind {
    /// Whether the buyer had finished when it happened, so that a payment that is not there has failed.
    pub(crate) fn implies_completed_checkout(self) -> bool {
        match self {
            Self::CheckoutSession(change) => change != CheckoutSessionChange::Expired,
            // A bank debit was begun. If Stripe has it no more, the purchase is one that failed, so that it does not depend on the
            // order of the events whether there is one.
            Self::PaymentIntent(change) => change == PaymentIntentChange::Processing,
            Self::Refund | Self::Dispute => true,
            _ => false,
        }
    }
}
